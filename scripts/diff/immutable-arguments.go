// Prints what of each resource cannot be changed in place, as a provider's own schema says (`ForceNew`), in the form of
// immutable-arguments.txt. Terraform can print a provider's schema as well, but leaves just this out.
//
// In a checkout of github.com/hashicorp/terraform-provider-google at the wanted tag, or of …-kubernetes with its package
// "kubernetes" for "google/provider":
//
//	mkdir immutable && cp …/scripts/diff/immutable-arguments.go immutable/main.go && go run ./immutable
package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/hashicorp/terraform-provider-google/google/provider"
)

// forced returns the arguments that cannot change in place, and whether those are all that can be set. A block whose own
// number alone is fixed ends with "#".
func forced(prefix string, arguments map[string]*schema.Schema) (found []string, all bool) {
	all = true
	for name, argument := range arguments {
		if !argument.Required && !argument.Optional {
			continue
		}
		path := prefix + name
		block, nested := argument.Elem.(*schema.Resource)
		if !nested {
			all = all && argument.ForceNew
			if argument.ForceNew {
				found = append(found, path)
			}
			continue
		}
		within, everything := forced(path+".", block.Schema)
		switch {
		case argument.ForceNew && everything:
			found = append(found, path)
			continue
		case argument.ForceNew:
			found = append(found, path+"#")
		}
		found = append(found, within...)
		all = false
	}
	return found, all
}

func main() {
	lines := []string{}
	for name, resource := range provider.Provider().ResourcesMap {
		found, _ := forced("", resource.SchemaMap())
		sort.Strings(found)
		lines = append(lines, strings.TrimSpace(name+": "+strings.Join(found, " ")))
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
}
