package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond is the unit of /proc/PID/stat: USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// process is a child. It ends with this process at the latest.
type process struct {
	command *exec.Cmd
}

func start(command *exec.Cmd) (*process, error) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Path, err)
	}
	return &process{command}, nil
}

func (p *process) kill() {
	p.command.Process.Kill()
	p.command.Wait()
}

func (p *process) file(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.command.Process.Pid), name)
}

// cpu is the time that all threads have had of the processors (proc_pid_stat(5): utime and stime).
func (p *process) cpu() (time.Duration, error) {
	return statCPU(p.file("stat"))
}

func statCPU(file string) (time.Duration, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:])) // the first is the third of stat
	var ticks int64
	for _, field := range fields[11:13] {
		number, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += number
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// groups of threads, by how their names begin. What is in none of them, or has ended, is "others".
var groups = map[string]string{"C1 ": "compilers", "C2 ": "compilers", "VM Thread": "garbage and safepoints",
	"HTTP-Dispatcher": "dispatcher", "ForkJoinPool": "requests", "ledger": "ledger"}

// threads is the CPU time of each group of threads.
func (p *process) threads() (map[string]time.Duration, error) {
	total, err := p.cpu()
	if err != nil {
		return nil, err
	}
	times := map[string]time.Duration{"others": total}
	tasks, err := filepath.Glob(p.file("task/*"))
	for _, task := range tasks {
		name, nameErr := os.ReadFile(filepath.Join(task, "comm"))
		cpu, cpuErr := statCPU(filepath.Join(task, "stat"))
		if nameErr != nil || cpuErr != nil {
			continue // it has ended
		}
		for prefix, group := range groups {
			if strings.HasPrefix(string(name), prefix) {
				times[group] += cpu
				times["others"] -= cpu
			}
		}
	}
	return times, err
}

// memory is the memory of the process, in MiB. pss counts a page that is shared with other processes in part; it is -1
// if the kernel does not report it.
func (p *process) memory() (rss, pss float64, err error) {
	if rss, err = p.kibibytes("status", "VmRSS:"); err != nil {
		return 0, 0, err
	}
	if pss, err = p.kibibytes("smaps_rollup", "Pss:"); err != nil {
		return rss / 1024, -1, nil
	}
	return rss / 1024, pss / 1024, nil
}

func (p *process) kibibytes(file, name string) (float64, error) {
	content, err := os.ReadFile(p.file(file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return strconv.ParseFloat(fields[1], 64)
		}
	}
	return 0, fmt.Errorf("%s says no %s", file, name)
}

// diskSize is the size of a file, or of all files below a directory, in MiB.
func diskSize(path string) (float64, error) {
	var size int64
	err := filepath.Walk(path, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return err
	})
	return float64(size) / (1 << 20), err
}
