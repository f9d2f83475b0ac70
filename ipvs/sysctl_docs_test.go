package ipvs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestThePageListsEveryVariable(t *testing.T) {
	page, err := os.ReadFile("../docs/ipvsadm.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sysctls {
		row := fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", s.Name, takes(s), s.Default, s.Needs, s.About)
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/ipvsadm.md has no row\n%s", row)
		}
	}
}

func takes(s Sysctl) string {
	words := fmt.Sprintf("%d to %d", s.Min, s.Max)
	switch s.Kind {
	case SysctlPower:
		return "a power of two, " + words
	case SysctlPair:
		return "two numbers, the first below the second unless that is 0"
	case SysctlCPUs:
		return "a list of CPUs"
	}
	return words
}
