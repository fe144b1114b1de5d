// Command sandbox is all that the test images hold: one static binary that is, by the name it is called with, the
// runtime server of a sandbox (GET /, POST /execute, POST /upload and GET /download/PATH on :8888), pause, or enough of a
// shell to run a command.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	arguments := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	switch arguments[0] {
	case "sandbox":
		serve(":8888")
	case "pause":
		go collect()
		wait()
	default:
		os.Exit(call(arguments, os.Stdout))
	}
}

// wait ends at SIGTERM or SIGINT.
func wait() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
}

// collect reaps the children that a pod's first process inherits.
func collect() {
	ended := make(chan os.Signal, 16)
	signal.Notify(ended, syscall.SIGCHLD)
	for range ended {
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

// call runs one of the few commands there are, and returns its exit code.
func call(arguments []string, out io.Writer) int {
	name, rest := arguments[0], arguments[1:]
	switch {
	case name == "sh" && len(rest) == 2 && rest[0] == "-c" && len(strings.Fields(rest[1])) > 0:
		return call(strings.Fields(rest[1]), out)
	case name == "echo":
		fmt.Fprintln(out, strings.Join(rest, " "))
		return 0
	case name == "sleep" && len(rest) == 1:
		if pause, err := time.ParseDuration(rest[0] + "s"); err == nil {
			time.Sleep(pause)
			return 0
		}
	case name == "cat" && len(rest) == 1:
		return cat(rest[0], out)
	case name == "true":
		return 0
	case name == "false":
		return 1
	}
	fmt.Fprintf(os.Stderr, "%s: cannot do that here\n", strings.Join(arguments, " "))
	return 127
}

func cat(path string, out io.Writer) int {
	content, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, _ = out.Write(content)
	return 0
}

type command struct {
	Command string `json:"command"`
}

type result struct {
	Stdout   string `json:"stdout"`
	Stderr   string `json:"stderr"`
	ExitCode int    `json:"exit_code"`
}

func serve(address string) {
	go func() {
		wait()
		os.Exit(0)
	}()
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"status":"ok"}`)
	})
	http.HandleFunc("POST /execute", execute)
	http.HandleFunc("POST /upload", upload)
	http.HandleFunc("GET /download/{path...}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, inBase(r.PathValue("path")))
	})
	log.Fatal(http.ListenAndServe(address, nil))
}

// base is the folder that files are below.
const base = "/tmp"

// inBase is the file of a path from outside, which cannot lead out of base.
func inBase(path string) string {
	return filepath.Join(base, filepath.Clean("/"+path))
}

// upload writes the form's file, whose name is a path.
func upload(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	part, err := parts.NextPart()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// Part.FileName has lost the folders.
	_, fields, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	path := inBase(fields["filename"])
	if err := write(path, part); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintln(w, `{"message":"uploaded"}`)
}

func write(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func execute(w http.ResponseWriter, r *http.Request) {
	var asked command
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var stdout, stderr bytes.Buffer
	run := exec.Command("/bin/sh", "-c", asked.Command)
	run.Stdout, run.Stderr = &stdout, &stderr
	_ = run.Run() // its exit code says it
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(result{stdout.String(), stderr.String(), run.ProcessState.ExitCode()})
}
