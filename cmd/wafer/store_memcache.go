package main

// memcacheHelp is what the help says of the store that can do least.
const memcacheHelp = ""
