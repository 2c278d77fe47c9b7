//go:build !linux

package engine

import "syscall"

// procAttr puts the server into a process group of its own, so that Ctrl-C in a
// terminal reaches Waybill only. Only Linux can end it together with us.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
