package luaapi

import (
	"luavs/checks"
	"luavs/luaapi/args"
)

// readExecCheck reads check.exec { "prog", "arg", ... }.
func (p Programs) readExecCheck(f *args.Fields, c *checkSpec) {
	command := p.command(f, "check.exec")
	convention := checks.Convention(f.Enum("convention", "keepalived", "keepalived", "ldirectord", "haproxy"))
	if convention == "keepalived" {
		convention = checks.KeepalivedConvention
	}
	weight := checks.WeightSource(f.Enum("weight_from", "", "exit", "output"))
	if len(command.Args) == 0 {
		return // which is noted
	}
	exec, err := checks.NewExec(command, convention, weight)
	if err != nil {
		f.Mistake("", "%v", err)
		return
	}
	c.id, c.probe = exec.String(), exec
}
