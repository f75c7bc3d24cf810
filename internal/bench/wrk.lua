-- Prints what wrk measured, as one line of numbers: requests, microseconds of the run, requests
-- that failed, and the latencies p50, p99 and p99.9 in microseconds.
function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format("%d %d %d %d %d %d\n",
		summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
		latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
