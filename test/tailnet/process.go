package tailnet

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a child with its own process group, so that what it starts ends with it and nothing else does.
type process struct {
	command *exec.Cmd
	log     *os.File
	ended   chan struct{}
}

// startProcess runs a command whose output goes to the end of a file. The child is killed when this process dies.
func startProcess(command *exec.Cmd, logPath string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{command, log, make(chan struct{})}
	started := make(chan error)
	go func() {
		// prctl(2), PR_SET_PDEATHSIG: it is the thread's death that kills, and threads that were locked may die early.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			command.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		log.Close()
		return nil, fmt.Errorf("starting %s: %w", command.Path, err)
	}
	return p, nil
}

// outputWithin runs a command to its end and returns what it printed to both outputs. Late commands are killed.
func outputWithin(limit time.Duration, command *exec.Cmd) (string, error) {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // as above
	defer runtime.UnlockOSThread()
	if err := command.Start(); err != nil {
		return "", err
	}
	timer := time.AfterFunc(limit, func() { command.Process.Kill() })
	defer timer.Stop()
	err := command.Wait()
	return output.String(), err
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill is kill -9: the process gets no chance to finish anything.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended // SIGKILL can't be refused
	p.log.Close()
}

// stop asks the process to exit and, after the grace period, kills it. It returns whether it exited by itself.
func (p *process) stop(grace time.Duration) bool {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		p.log.Close()
		return true
	case <-time.After(grace):
		p.kill()
		return false
	}
}

func (p *process) signal(signal syscall.Signal) {
	if !p.hasEnded() { // afterwards the number may be another process's
		syscall.Kill(-p.command.Process.Pid, signal)
	}
}
