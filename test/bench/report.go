package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

func (m *measurement) report(our, their *figures) {
	fmt.Printf("\n%-46s %12s %12s\n", "", "ours", "Go tsidp")
	row := func(name, unit string, ours, theirs float64) {
		fmt.Printf("%-46s %12s %12s %s\n", name, number(ours), number(theirs), unit)
	}
	row(fmt.Sprintf("exec to first discovery, median of %d", starts), "ms", ms(our.start), ms(their.start))
	fmt.Printf("%-46s %12s %12s ms\n", "  over TLS", number(ms(our.startTLS)), "-")
	fmt.Printf("%-46s %12s %12s ms\n", "  an empty HttpsServer with an AOT cache", number(ms(m.floor)), "-")
	row("on disk (image; binary)", "MiB", our.size, their.size)
	row("resident, idle", "MiB", our.idle.rss, their.idle.rss)
	if our.idle.pss >= 0 {
		row("  in proportion (Pss)", "MiB", our.idle.pss, their.idle.pss)
	}
	begin := 0
	for i, step := range steps {
		a, b := our.steps[i], their.steps[i]
		row(fmt.Sprintf("logins %d to %d, %d connections", begin, step.logins, step.connections), "/s",
			a.perSecond(), b.perSecond())
		row("  CPU time of the server each", "ms", ms(a.cpuEach()), ms(b.cpuEach()))
		for _, group := range slices.Sorted(maps.Keys(a.threads)) {
			fmt.Printf("%-46s %12s\n", "    "+group, number(ms(a.threads[group]/time.Duration(len(a.times)))))
		}
		row("  resident after them", "MiB", a.memory.rss, b.memory.rss)
		begin = step.logins
	}
	fmt.Printf("%-46s %12s %12s MiB\n", fmt.Sprintf("resident %v after the last (logins)", rest),
		withTotal(our), withTotal(their))
	row(fmt.Sprintf("discovery, %d connections", warm), "/s", our.discovery.perSecond(), their.discovery.perSecond())
	for _, count := range connections {
		a, b := our.logins[count], their.logins[count]
		row(fmt.Sprintf("logins, %d connections", count), "/s", a.perSecond(), b.perSecond())
		row("  p50", "ms", ms(a.quantile(0.5)), ms(b.quantile(0.5)))
		row("  p99", "ms", ms(a.quantile(0.99)), ms(b.quantile(0.99)))
		row("  CPU time of the server each", "ms", ms(a.cpuEach()), ms(b.cpuEach()))
	}
	fmt.Printf("%-46s %12s %12s /s\n", fmt.Sprintf("logins over HTTPS, %d connections", warm),
		number(our.tls.perSecond()), "-")
	fmt.Printf("%-46s %12s %12s ms\n", "  CPU time of the server each", number(ms(our.tls.cpuEach())), "-")
	java, goes := mean(m.java), mean(m.goes)
	row("raw RS256 signatures, one core (Java; Go)", "/s", java.perSecond, goes.perSecond)
	row("  CPU time each", "ms", ms(java.cpu), ms(goes.cpu))
	m.compare(our, their, java)
}

func (m *measurement) compare(our, their *figures, java raw) {
	most := connections[len(connections)-1]
	fmt.Printf("\n%-52s %9s %9s %7s\n", "goal", "is", "limit", "is/limit")
	goal("start, 1.25 of an empty HttpsServer's (ms)", ms(our.start), 1.25*ms(m.floor), false)
	goal("start over TLS, the same (ms)", ms(our.startTLS), 1.25*ms(m.floor), false)
	goal("resident idle, 58 MiB at most", our.idle.rss, 58, false)
	goal(fmt.Sprintf("resident after %d logins, 110 MiB at most", steps[len(steps)-1].logins),
		our.steps[len(steps)-1].memory.rss, 110, false)
	goal(fmt.Sprintf("resident after %v, 70 MiB at most", rest), our.end.rss, 70, false)
	goal(fmt.Sprintf("CPU time of the first %d, 1.3 of the Go tsidp's", steps[0].logins), ms(our.steps[0].cpuEach()),
		1.3*ms(their.steps[0].cpuEach()), false)
	for _, count := range connections {
		goal(fmt.Sprintf("logins/s at %d, the Go tsidp's at least", count), our.logins[count].perSecond(),
			their.logins[count].perSecond(), true)
	}
	cpu := ms(our.logins[warm].cpuEach())
	goal("CPU time of a login, the Go tsidp's at most (ms)", cpu, ms(their.logins[warm].cpuEach()), false)
	goal("  1.3 raw Java signatures at most (ms)", cpu, 1.3*ms(java.cpu), false)
	goal(fmt.Sprintf("p99 at %d, the Go tsidp's at most (ms)", most), ms(our.logins[most].quantile(0.99)),
		ms(their.logins[most].quantile(0.99)), false)
}

func goal(name string, is, limit float64, atLeast bool) {
	verdict := "met"
	if short := is/limit - 1; !atLeast && short > 0 || atLeast && short < 0 {
		verdict = fmt.Sprintf("short by %.0f%%", 100*max(short, -short))
	}
	fmt.Printf("%-52s %9s %9s %7.2f  %s\n", name, number(is), number(limit), is/limit, verdict)
}

func mean(all []raw) raw {
	var sum raw
	for _, one := range all {
		sum.perSecond += one.perSecond
		sum.cpu += one.cpu
	}
	return raw{sum.perSecond / float64(len(all)), sum.cpu / time.Duration(len(all))}
}

func withTotal(f *figures) string { return fmt.Sprintf("%.1f (%dk)", f.end.rss, f.total/1000) }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func number(x float64) string {
	if x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
