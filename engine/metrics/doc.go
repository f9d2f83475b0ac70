// Package metrics writes figures in the text form that Prometheus reads
// (https://prometheus.io/docs/instrumenting/exposition_formats/), and keeps
// those that policies count.
//
// A [Registry] owns the figures of policies; its methods may be called from any
// goroutine. Nothing of ours is imported.
package metrics
