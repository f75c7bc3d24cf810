package engines

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a process that was started, and those that it starts.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
}

// Linux sends Pdeathsig when the thread ends that started the process, not
// when the program does. So one thread starts them all, and never ends.
var starter = sync.OnceValue(func() chan<- func() {
	todo := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range todo {
			do()
		}
	}()
	return todo
})

// start starts a server's process, which ends with this program, and which
// signals to this program's process group do not reach.
func start(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = attributes()
	if err := Start(cmd); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// Start starts a command that is killed when this program ends, however that
// does. It sets Pdeathsig of SysProcAttr, and nothing else.
func Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	done := make(chan error, 1)
	starter() <- func() { done <- cmd.Start() }
	return <-done
}

// attributes are those of a process group of its own, and of a user without
// rights where this one is root: PostgreSQL refuses root, and the others would
// give up Pdeathsig with root's rights.
func attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		a.Credential = &syscall.Credential{Uid: unprivileged, Gid: unprivileged}
	}
	return a
}

func (p *process) wait(limit time.Duration) {
	select {
	case <-p.ended:
	case <-time.After(limit):
	}
}

// kill kills the process and its children, which in PostgreSQL outlive their
// parent for a moment, and waits until they are gone.
func (p *process) kill() error {
	pids, err := p.signal(syscall.SIGSTOP) // a stopped process starts no other
	if err != nil {
		return err
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // one that has just ended is as good
	}
	<-p.ended
	for end := time.Now().Add(stopTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !anyRuns(pids) {
			return nil
		}
	}
	return fmt.Errorf("of the processes %v one still runs %v after it was killed", pids, stopTime)
}

func (p *process) signalAll(signal syscall.Signal) error {
	_, err := p.signal(signal)
	return err
}

// signal sends a signal to the process and its children, and returns their
// ids. It goes on until no new child has appeared. To a process that
// has ended it sends nothing, since its id may be another's by now.
func (p *process) signal(signal syscall.Signal) ([]int, error) {
	select {
	case <-p.ended:
		return nil, nil
	default:
	}
	root := p.cmd.Process.Pid
	told := map[int]bool{}
	var pids []int
	for {
		family, err := familyOf(root)
		if err != nil {
			return nil, err
		}
		news := false
		for _, pid := range family {
			if told[pid] {
				continue
			}
			news, told[pid] = true, true
			pids = append(pids, pid)
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return nil, err
			}
		}
		if !news {
			return pids, nil
		}
	}
}

// familyOf returns a process and its descendants, parents first.
func familyOf(root int) ([]int, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	family := []int{root}
	for i := 0; i < len(family); i++ {
		for pid, stat := range all {
			if stat.parent == family[i] {
				family = append(family, pid)
			}
		}
	}
	return family, nil
}

// anyRuns tells whether one of the processes has not ended. One that no parent
// has waited for (a zombie) has.
func anyRuns(pids []int) bool {
	for _, pid := range pids {
		if s, err := stat(strconv.Itoa(pid)); err == nil && s.state != 'Z' && s.state != 'X' {
			return true
		}
	}
	return false
}

type status struct {
	parent int
	state  byte
}

func processes() (map[int]status, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("engines: processes are listed in /proc, as Linux has it: %w", err)
	}
	all := map[int]status{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, err := stat(entry.Name()); err == nil {
			all[pid] = s
		}
	}
	return all, nil
}

// stat reads /proc/PID/stat: the id, the name in parentheses, which may hold
// anything, the state and the parent's id (proc_pid_stat(5)).
func stat(pid string) (status, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return status{}, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return status{}, fmt.Errorf("engines: /proc/%s/stat is not as expected", pid)
	}
	parent, err := strconv.Atoi(fields[1])
	return status{parent, fields[0][0]}, err
}
