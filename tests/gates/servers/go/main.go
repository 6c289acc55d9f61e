// The numbers on gorilla/websocket. See ../README.md.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

const (
	reason     = "all sent"
	closeLimit = 2 * time.Second
)

type subscription struct {
	Count int `json:"count"`
	Close int `json:"close"`
}

type server struct {
	upgrader websocket.Upgrader
	ping     time.Duration // 0: none
	open     sync.Map      // *websocket.Conn -> nil
	running  sync.WaitGroup
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	defer conn.Close()
	s.running.Add(1)
	defer s.running.Done()
	s.open.Store(conn, nil)
	defer s.open.Delete(conn)
	if s.ping > 0 {
		done := make(chan struct{})
		defer close(done)
		go s.keepAlive(conn, done)
	}
	fmt.Println("closed", s.serve(conn))
}

// serve returns the code of the client's close frame, 1006 if none came.
func (s *server) serve(conn *websocket.Conn) int {
	if s.ping > 0 {
		deadline := func() error { return conn.SetReadDeadline(time.Now().Add(2 * s.ping)) }
		_ = deadline()
		conn.SetPongHandler(func(string) error { return deadline() })
	}
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				return closed.Code
			}
			return websocket.CloseAbnormalClosure
		}
		fmt.Printf("subscribed %s\n", text)
		var wanted subscription
		if err := json.Unmarshal(text, &wanted); err != nil {
			fmt.Println("error", err)
			return websocket.CloseAbnormalClosure
		}
		for n := 1; n <= wanted.Count; n++ {
			if conn.WriteMessage(websocket.TextMessage, []byte(`{"n":`+strconv.Itoa(n)+`}`)) != nil {
				return websocket.CloseAbnormalClosure
			}
		}
		if wanted.Close != 0 {
			sendClose(conn, wanted.Close, reason)
		}
	}
}

// keepAlive sends pings; the read deadline drops a client that does not answer.
func (s *server) keepAlive(conn *websocket.Conn, done <-chan struct{}) {
	ticker := time.NewTicker(s.ping)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			_ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(closeLimit))
		}
	}
}

// shutDown closes all connections with 1001 and waits for the clients' answers.
func (s *server) shutDown() {
	s.open.Range(func(conn, _ interface{}) bool {
		sendClose(conn.(*websocket.Conn), websocket.CloseGoingAway, "")
		return true
	})
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(closeLimit):
	}
}

func sendClose(conn *websocket.Conn, code int, reason string) {
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(closeLimit))
}

// library is the version that this program was built with.
func library() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/gorilla/websocket" {
			return module.Version
		}
	}
	return "?"
}

func serve(listener net.Listener, handler http.Handler) error {
	if cert := os.Getenv("CERT"); cert != "" {
		return http.ServeTLS(listener, handler, cert, os.Getenv("KEY"))
	}
	return http.Serve(listener, handler)
}

func main() {
	seconds, _ := strconv.Atoi(os.Getenv("PING"))
	numbers := &server{upgrader: websocket.Upgrader{EnableCompression: true}, ping: time.Duration(seconds) * time.Second}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		if err := serve(listener, numbers); !errors.Is(err, net.ErrClosed) {
			log.Fatal(err)
		}
	}()
	fmt.Println("listening gorilla/websocket", library())
	<-terminated
	_ = listener.Close()
	numbers.shutDown()
}
