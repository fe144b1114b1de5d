// Writes the table of Kubernetes' protobuf messages that the simulator reads and writes (src/simulator/http/protobuf/
// messages.txt) from the struct tags of the Go types in k8s.io/api, k8s.io/apimachinery and
// k8s.io/apiextensions-apiserver, which are under the Apache License 2.0:
//
//	go -C tests/cluster/modules/client run ./messages > src/simulator/http/protobuf/messages.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

const introduction = `# Protobuf messages of Kubernetes' built-in kinds. Written by tests/cluster/modules/client/messages: do not edit.
# "message NAME [APIVERSION KIND]", then a line for each field: number, name in JSON ("." where its fields stand in the
# parent), type. "*" is a pointer, "[]" a list, "{}" a map from texts; "!" is written to JSON even when it is zero.
`

// The groups and versions that the simulator serves.
var served = []string{
	"v1", "admissionregistration.k8s.io/v1", "apiextensions.k8s.io/v1", "apps/v1", "authentication.k8s.io/v1",
	"authorization.k8s.io/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1", "coordination.k8s.io/v1",
	"discovery.k8s.io/v1", "events.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1", "networking.k8s.io/v1", "node.k8s.io/v1",
	"policy/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "storage.k8s.io/v1",
}

// Of every group alike: their version on the wire is that of the group they are used in.
var everywhere = []any{
	meta.APIGroup{}, meta.APIGroupList{}, meta.APIResourceList{}, meta.APIVersions{}, meta.DeleteOptions{}, meta.Status{},
	meta.WatchEvent{},
}

// Types that do not stand in JSON as their fields do.
var special = map[reflect.Type]string{
	reflect.TypeFor[meta.Time]():            "time",
	reflect.TypeFor[meta.MicroTime]():       "microtime",
	reflect.TypeFor[resource.Quantity]():    "quantity",
	reflect.TypeFor[intstr.IntOrString]():   "int-or-text",
	reflect.TypeFor[runtime.RawExtension](): "raw",
	reflect.TypeFor[meta.FieldsV1]():        "raw",
	reflect.TypeFor[apiextensions.JSON]():   "raw",
}

// Types that stand in JSON as the one of their fields that is set.
var unions = []reflect.Type{
	reflect.TypeFor[apiextensions.JSONSchemaPropsOrBool](),
	reflect.TypeFor[apiextensions.JSONSchemaPropsOrArray](),
	reflect.TypeFor[apiextensions.JSONSchemaPropsOrStringArray](),
}

var scalars = map[reflect.Kind]string{
	reflect.String: "text", reflect.Bool: "flag", reflect.Int32: "int", reflect.Int64: "int", reflect.Float64: "double",
}

type kind struct{ apiVersion, kind string }

type table struct {
	kinds  map[reflect.Type]kind
	fields map[reflect.Type][]field
}

type field struct {
	number             int
	name, prefix, omit string
	of                 reflect.Type
}

func main() {
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	all := table{map[reflect.Type]kind{}, map[reflect.Type][]field{}}
	for gvk, of := range scheme.Scheme.AllKnownTypes() {
		isOfMeta := strings.HasSuffix(of.PkgPath(), "meta/v1")
		if slices.Contains(served, gvk.GroupVersion().String()) && !isOfMeta && !strings.HasSuffix(gvk.Kind, "Options") {
			all.kinds[of] = kind{gvk.GroupVersion().String(), gvk.Kind}
		}
	}
	for _, message := range everywhere {
		of := reflect.TypeOf(message)
		all.kinds[of] = kind{"*", of.Name()}
	}
	for of := range all.kinds {
		all.add(of)
	}
	all.write()
}

// add takes in a message and all that it is made of.
func (t table) add(of reflect.Type) {
	if _, known := t.fields[of]; known {
		return
	}
	var fields []field
	t.fields[of] = nil
	for at := range of.NumField() {
		if its := of.Field(at); its.Tag.Get("protobuf") != "" {
			fields = append(fields, read(its))
		} else if name := its.Tag.Get("json"); name != ",inline" && name != "-" {
			panic(fmt.Sprintf("%v.%s is no field of a message", of, its.Name))
		}
	}
	sort.Slice(fields, func(a, b int) bool { return fields[a].number < fields[b].number })
	t.fields[of] = fields
	for _, one := range fields {
		if isMessage(one.of) {
			t.add(one.of)
		}
	}
}

func read(its reflect.StructField) field {
	tag := strings.Split(its.Tag.Get("protobuf"), ",")
	number, err := strconv.Atoi(tag[1])
	if err != nil {
		panic(err)
	}
	name, options, _ := strings.Cut(its.Tag.Get("json"), ",")
	switch {
	case options == "inline":
		name = "."
	case name == "":
		name = strings.TrimPrefix(tag[3], "name=")
	}
	one := field{number: number, name: name, of: its.Type}
	switch of := its.Type; {
	case of.Kind() == reflect.Pointer:
		one.prefix, one.of = "*", of.Elem()
	case of.Kind() == reflect.Map:
		one.prefix, one.of = "{}", of.Elem()
	case of.Kind() == reflect.Slice && of.Elem().Kind() != reflect.Uint8 && !isMarshaler(of):
		one.prefix, one.of = "[]", of.Elem()
	case name != "." && !strings.Contains(options, "omitzero") &&
		(of.Kind() == reflect.Struct || !strings.Contains(options, "omitempty")):
		one.omit = "!"
	}
	if one.prefix != "" && name == "." {
		panic(fmt.Sprintf("%s stands in its parent and is no struct", its.Name))
	}
	return one
}

// isMarshaler tells the lists that are a message of their own, such as authentication's ExtraValue.
func isMarshaler(of reflect.Type) bool {
	_, is := reflect.New(of).Interface().(interface{ MarshalTo([]byte) (int, error) })
	return is
}

func isMessage(of reflect.Type) bool {
	return of.Kind() == reflect.Struct && special[of] == ""
}

func (t table) write() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprint(out, introduction)
	names := t.names()
	for _, of := range slices.SortedFunc(keys(t.fields), func(a, b reflect.Type) int { return strings.Compare(names[a], names[b]) }) {
		fmt.Fprintf(out, "message %s", names[of])
		if its, ok := t.kinds[of]; ok {
			fmt.Fprintf(out, " %s %s", its.apiVersion, its.kind)
		}
		fmt.Fprintln(out)
		for _, one := range t.fields[of] {
			fmt.Fprintf(out, "%d %s %s%s%s\n", one.number, one.name, one.prefix, typeName(one.of, names), one.omit)
		}
	}
}

func keys[V any](all map[reflect.Type]V) func(func(reflect.Type) bool) {
	return func(yield func(reflect.Type) bool) {
		for key := range all {
			if !yield(key) {
				return
			}
		}
	}
}

// names of messages: those of their types, with group and version where two have one name.
func (t table) names() map[reflect.Type]string {
	count := map[string]int{}
	for of := range t.fields {
		count[of.Name()]++
	}
	names := map[reflect.Type]string{}
	for of := range t.fields {
		names[of] = of.Name()
		if count[of.Name()] > 1 {
			names[of] = path.Base(path.Dir(of.PkgPath())) + "." + path.Base(of.PkgPath()) + "." + of.Name()
		}
	}
	return names
}

func typeName(of reflect.Type, names map[reflect.Type]string) string {
	_, marshals := reflect.New(of).Interface().(json.Marshaler)
	switch {
	case special[of] != "":
		return special[of]
	case slices.Contains(unions, of):
		return "?" + names[of]
	case marshals:
		panic(fmt.Sprintf("%v has JSON of its own", of))
	case of.Kind() == reflect.Struct:
		return names[of]
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Uint8:
		return "bytes"
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.String && isMarshaler(of):
		return "texts"
	case scalars[of.Kind()] != "":
		return scalars[of.Kind()]
	}
	panic(fmt.Sprintf("%v: no such type is known", of))
}
