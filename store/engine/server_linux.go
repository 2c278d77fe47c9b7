package engine

import "syscall"

// procAttr puts the server into a process group of its own, so that Ctrl-C in a
// terminal reaches Waybill only, and has the kernel end it when Waybill dies
// without a word. Killing is safe: what Redis has answered is with the kernel.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
