// Package filewatch tells who depends on files that they may have changed.
//
// A [Watcher] owns what is watched: folders, not files, because files come, go
// and are put in the place of others, and symbolic links on the way of a path
// come to lead elsewhere. What the files hold is not its concern, nor when it
// was that they changed.
//
// Nobody reports changes on network file systems and on most of FUSE, and the
// kernel may refuse to watch (fs.inotify in inotify(7)). Whoever depends on
// files looks at them now and then besides.
package filewatch
