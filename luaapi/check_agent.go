package luaapi

import (
	"luavs/checks"
	"luavs/luaapi/args"
)

// readAgentCheck reads check.agent {...}.
func readAgentCheck(f *args.Fields, c *checkSpec) {
	c.decideAtOnce(f)
	agent := checks.Agent{Route: readRoute(f), Send: []byte(f.String("send", ""))}
	if !f.Has("port") {
		f.Mistake("port", "is missing: the port that the agent listens on, which is not the server's")
	}
	c.id, c.probe = agent.String(), agent
}
