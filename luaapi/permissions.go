package luaapi

// Permissions say what of the machine the operator lets policies reach. The
// zero Permissions let them reach nothing.
type Permissions struct {
	Programs Programs // what they may start
}
