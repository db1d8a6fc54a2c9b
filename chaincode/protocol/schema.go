package protocol

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// What the types and tags of a protocol struct say, as data: the one reader of `wire` tags.
//
//	wire:"name"            the type says it all
//	wire:"name,required"   all zeros, which means "none", is outside the domain
//	wire:"name,1..16"      the domain of an integer, or of the length of bytes or of a list

type form uint8

const (
	formUint form = 1 + iota
	formFixedBytes
	formVarBytes
	formList
	formStruct
)

// fieldSpec is one field: its name on the wire, its wire type and its domain.
type fieldSpec struct {
	name     string
	index    int
	goType   reflect.Type
	form     form
	domain   Range
	required bool
	// fields are those of a struct, or of the structs that a list holds.
	fields []fieldSpec
	// element is what a list holds.
	element *fieldSpec
}

var fieldsByType sync.Map // reflect.Type -> []fieldSpec

// fieldsOf is the fields of a protocol struct in their order.
func fieldsOf[S any]() []fieldSpec { return fieldsOfType(reflect.TypeFor[S]()) }

func fieldsOfType(of reflect.Type) []fieldSpec {
	if known, ok := fieldsByType.Load(of); ok {
		return known.([]fieldSpec)
	}
	specs := make([]fieldSpec, of.NumField())
	for index := range specs {
		field := of.Field(index)
		name, mark, _ := strings.Cut(field.Tag.Get("wire"), ",")
		specs[index] = specOf(field.Type, mark)
		specs[index].name, specs[index].index = name, index
	}
	fieldsByType.Store(of, specs)
	return specs
}

func specOf(of reflect.Type, mark string) fieldSpec {
	spec := fieldSpec{goType: of, domain: domainOf(of), required: mark == "required"}
	if low, high, ok := strings.Cut(mark, ".."); ok {
		spec.domain = Range{number(low), number(high)}
	}
	switch of.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		spec.form = formUint
	case reflect.Array:
		spec.form = formFixedBytes
	case reflect.Struct:
		spec.form, spec.fields = formStruct, fieldsOfType(of)
	case reflect.Slice:
		element := specOf(of.Elem(), "")
		spec.form, spec.element = formList, &element
		if of.Elem().Kind() == reflect.Uint8 {
			spec.form = formVarBytes
		}
	default:
		panic(fmt.Sprintf("%v is not a wire type", of))
	}
	return spec
}

func domainOf(of reflect.Type) Range {
	if bounded, ok := reflect.Zero(of).Interface().(interface{ Domain() Range }); ok {
		return bounded.Domain()
	}
	return Range{0, math.MaxUint64}
}

func number(text string) uint64 {
	parsed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("bound %q of a wire tag: %v", text, err))
	}
	return parsed
}

// inDomain says whether every field of a protocol struct lies in its domain.
//
// Of a list only the length is checked: who handles the list checks its elements, to name the first bad one.
func inDomain(value any) bool {
	of := reflect.ValueOf(value)
	return areInDomain(of, fieldsOfType(of.Type()))
}

func areInDomain(value reflect.Value, specs []fieldSpec) bool {
	for index := range specs {
		if !isInDomain(value.Field(index), &specs[index]) {
			return false
		}
	}
	return true
}

func isInDomain(value reflect.Value, spec *fieldSpec) bool {
	switch spec.form {
	case formUint:
		return spec.domain.Contains(value.Uint())
	case formFixedBytes:
		return !spec.required || !value.IsZero()
	case formStruct:
		return areInDomain(value, spec.fields)
	default:
		return spec.domain.Contains(uint64(value.Len()))
	}
}
