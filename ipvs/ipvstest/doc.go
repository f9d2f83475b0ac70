// Package ipvstest is test support for package ipvs and for those who use it.
//
// [Conformance] asks a kernel, or a model of it, what the tables in scripts.go
// say that Linux answers: the same run against both keeps the model honest.
// With the build tag kernel there are two things more: Namespace gives a test a
// network namespace, and a Monitor in it knows every table that the kernel has
// had, between two requests of a datagram too.
//
// The package owns nothing: every test opens its own table and drops it.
package ipvstest
