// Package servertest starts real servers for tests, on ports that nobody else
// takes meanwhile.
//
// A server, or a stand-in for one ([UDP]), lives as long as the test that started it, with a folder of its own.
// A test whose server is not installed fails and names its Debian package.
package servertest
