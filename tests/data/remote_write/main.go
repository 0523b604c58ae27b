// Writes version_1.bin and version_2.bin with the packages of github.com/prometheus/prometheus v0.316.0.
package main

import (
	"os"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"math"
)

func hist(shift int64) *histogram.Histogram {
	return &histogram.Histogram{
		Schema: 0, ZeroThreshold: 0.001, ZeroCount: 2, Count: uint64(12 + 3*shift), Sum: 18.4 + 6*float64(shift),
		PositiveSpans:   []histogram.Span{{Offset: 0, Length: 2}, {Offset: 1, Length: 2}},
		PositiveBuckets: []int64{1, 1, -1, shift * 3},
		NegativeSpans:   []histogram.Span{{Offset: 0, Length: 2}},
		NegativeBuckets: []int64{2, 1},
	}
}

func main() {
	const t = 1795466329000
	st := writev2.NewSymbolTable()
	ref := func(l labels.Labels) []uint32 { return st.SymbolizeLabels(l, nil) }
	req := &writev2.Request{}
	add := func(ts writev2.TimeSeries) { req.Timeseries = append(req.Timeseries, ts) }
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "http_requests_total", "job", "a")),
		Samples:  []writev2.Sample{{Value: 7, Timestamp: t}},
		Metadata: writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_COUNTER, HelpRef: st.Symbolize("Requests."), UnitRef: st.Symbolize("")},
		Exemplars: []writev2.Exemplar{{LabelsRefs: ref(labels.FromStrings("trace_id", "abc")), Value: 1, Timestamp: t}}})
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "up", "job", "a")),
		Samples: []writev2.Sample{{Value: 1, Timestamp: t}, {Value: 1, Timestamp: t + 15000}}, Metadata: writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_GAUGE}})
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "gone", "job", "a")),
		Samples: []writev2.Sample{{Value: math.Float64frombits(value.StaleNaN), Timestamp: t}}})
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "latency_seconds", "job", "a")),
		Histograms: []writev2.Histogram{writev2.FromIntHistogram(0, t, hist(0)), writev2.FromIntHistogram(0, t+15000, hist(1))},
		Metadata:   writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_HISTOGRAM}})
	stale := &histogram.Histogram{Sum: math.Float64frombits(value.StaleNaN)}
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "latency_seconds", "job", "b")),
		Histograms: []writev2.Histogram{writev2.FromIntHistogram(0, t, stale)}})
	custom := &histogram.Histogram{Schema: -53, Count: 6, Sum: 9, PositiveSpans: []histogram.Span{{Offset: 0, Length: 3}},
		PositiveBuckets: []int64{3, -1, -1}, CustomValues: []float64{1, 2}, CounterResetHint: histogram.GaugeType}
	add(writev2.TimeSeries{LabelsRefs: ref(labels.FromStrings("__name__", "queue_seconds")),
		Histograms: []writev2.Histogram{writev2.FromIntHistogram(0, t, custom)}})
	req.Symbols = st.Symbols()
	b, err := req.Marshal()
	if err != nil {
		panic(err)
	}
	os.WriteFile("version_2.bin", snappy.Encode(nil, b), 0o644)
	one := &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{Labels: []prompb.Label{{Name: "__name__", Value: "latency_seconds"}},
		Histograms: []prompb.Histogram{prompb.FromIntHistogram(t, hist(0)), prompb.FromIntHistogram(t+15000, hist(1))}}}}
	b, err = one.Marshal()
	if err != nil {
		panic(err)
	}
	os.WriteFile("version_1.bin", snappy.Encode(nil, b), 0o644)
}
