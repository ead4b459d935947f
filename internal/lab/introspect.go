package lab

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// introspectSchema answers __schema. Objects are made as they are asked for, since types refer to each other.
func introspectSchema() graphObject {
	return graphObject{"__Schema", func(field string, _ map[string]any) any {
		switch field {
		case "queryType":
			return introspectType(graphSchema.Query)
		case "mutationType":
			return introspectType(graphSchema.Mutation)
		case "types":
			return each(slices.Sorted(maps.Keys(graphSchema.Types)), func(name string) graphObject { return introspectType(graphSchema.Types[name]) })
		case "directives":
			return each(slices.Sorted(maps.Keys(graphSchema.Directives)), func(name string) graphObject { return introspectDirective(graphSchema.Directives[name]) })
		}
		return nil
	}}
}

func introspectNamed(name string) any {
	if definition := graphSchema.Types[name]; definition != nil {
		return introspectType(definition)
	}
	return nil
}

func each[T any](values []T, of func(T) graphObject) []graphObject {
	objects := make([]graphObject, 0, len(values))
	for _, v := range values {
		objects = append(objects, of(v))
	}
	return objects
}

func introspectType(d *ast.Definition) graphObject {
	return graphObject{"__Type", func(field string, _ map[string]any) any {
		switch field {
		case "kind":
			return string(d.Kind)
		case "name":
			return d.Name
		case "description":
			return d.Description
		case "fields":
			if d.Kind != ast.Object && d.Kind != ast.Interface {
				return nil
			}
			shown := slices.DeleteFunc(slices.Clone(d.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
			return each(shown, introspectField)
		case "inputFields":
			if d.Kind != ast.InputObject {
				return nil
			}
			return each(d.Fields, introspectField)
		case "interfaces":
			return each(d.Interfaces, func(name string) graphObject { return introspectType(graphSchema.Types[name]) })
		case "possibleTypes":
			return each(graphSchema.PossibleTypes[d.Name], introspectType)
		case "enumValues":
			return each(d.EnumValues, introspectEnum)
		}
		return nil
	}}
}

// introspectRef is a type where it is used: lists and non-nulls are wrapped around it.
func introspectRef(t *ast.Type) graphObject {
	switch {
	case t.NonNull:
		inner := *t
		inner.NonNull = false
		return wrapped("NON_NULL", &inner)
	case t.Elem != nil:
		return wrapped("LIST", t.Elem)
	}
	return introspectType(graphSchema.Types[t.NamedType])
}

func wrapped(kind string, inner *ast.Type) graphObject {
	return graphObject{"__Type", func(field string, _ map[string]any) any {
		switch field {
		case "kind":
			return kind
		case "ofType":
			return introspectRef(inner)
		}
		return nil
	}}
}

func introspectField(f *ast.FieldDefinition) graphObject {
	return graphObject{"__Field", func(field string, _ map[string]any) any {
		switch field {
		case "name":
			return f.Name
		case "description":
			return f.Description
		case "args":
			return each(f.Arguments, introspectArgument)
		case "type":
			return introspectRef(f.Type)
		case "isDeprecated":
			return false
		}
		return nil
	}}
}

func introspectArgument(a *ast.ArgumentDefinition) graphObject {
	return graphObject{"__InputValue", func(field string, _ map[string]any) any {
		switch field {
		case "name":
			return a.Name
		case "description":
			return a.Description
		case "type":
			return introspectRef(a.Type)
		}
		return nil
	}}
}

func introspectEnum(e *ast.EnumValueDefinition) graphObject {
	return graphObject{"__EnumValue", func(field string, _ map[string]any) any {
		switch field {
		case "name":
			return e.Name
		case "description":
			return e.Description
		case "isDeprecated":
			return false
		}
		return nil
	}}
}

func introspectDirective(d *ast.DirectiveDefinition) graphObject {
	return graphObject{"__Directive", func(field string, _ map[string]any) any {
		switch field {
		case "name":
			return d.Name
		case "description":
			return d.Description
		case "args":
			return each(d.Arguments, introspectArgument)
		case "locations":
			locations := make([]any, 0, len(d.Locations))
			for _, l := range d.Locations {
				locations = append(locations, string(l))
			}
			return locations
		}
		return nil
	}}
}
