// What the other servers do, on Node's own http with iron-session's sealed cookie.
import http from "node:http";
import { getIronSession } from "iron-session";

const change = process.env.ACTION === "change";
const page = (name, visits) => `<!doctype html><title>Account</title><p>Hello, ${name}! Visit ${visits}.`;
const options = { cookieName: "session", password: "thirty-two bytes that seal cookies", cookieOptions: { secure: false } };

const server = http.createServer(async (req, res) => {
	const session = await getIronSession(req, res, options);
	res.setHeader("Content-Type", "text/html; charset=utf-8");
	if (req.url === "/login") {
		Object.assign(session, { username: "ada lovelace", visits: 41, theme: "dark" });
		await session.save();
		res.end(page("ada lovelace", 41));
		return;
	}
	const name = session.username ?? "";
	let visits = session.visits ?? 0;
	if (change) {
		session.visits = ++visits;
		await session.save();
	}
	res.end(page(name, visits));
});

server.listen(Number(process.env.PORT), "127.0.0.1");
