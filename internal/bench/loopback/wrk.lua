-- Prints what wrk measured as one line of JSON.
function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format(
		'{"requests":%d,"micros":%d,"failed":%d,"p50":%d,"p99":%d,"p999":%d}\n',
		summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
		latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
