// What the other servers do, in Express with express-session's memory store.
import express from "express";
import session from "express-session";

const change = process.env.ACTION === "change";
const page = (name, visits) => `<!doctype html><title>Account</title><p>Hello, ${name}! Visit ${visits}.`;

const app = express();
app.use(session({ name: "session", secret: "thirty-two bytes that sign cookies", resave: false, saveUninitialized: false }));

app.get("/login", (req, res) => {
	Object.assign(req.session, { username: "ada lovelace", visits: 41, theme: "dark" });
	res.send(page("ada lovelace", 41));
});

app.get("/", (req, res) => {
	const name = req.session.username ?? "";
	let visits = req.session.visits ?? 0;
	if (change) req.session.visits = ++visits;
	res.send(page(name, visits));
});

app.listen(Number(process.env.PORT), "127.0.0.1");
