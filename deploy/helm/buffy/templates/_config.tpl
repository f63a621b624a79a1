{{/* What the chart must know of the configuration, and what it adds to it. */}}

{{/* The ports of the listeners as a JSON list. */}}
{{- define "buffy.listeners" -}}
{{- $listen := dig "buffy" "listen" (list (dict)) .Values.config -}}
{{- if kindIs "map" $listen -}}{{- $listen = list $listen -}}{{- end -}}
{{- $ports := list -}}
{{- range $at, $one := $listen -}}
{{- $text := ternary $one.port 7000 (hasKey $one "port") -}}
{{- $port := int $text -}}
{{- if or (eq $port 0) (has $port $ports) -}}
{{- fail (printf "config.buffy.listen[%d].port is %v: each listener needs a port of its own, as a number and not 0, since the Service must name it" $at $text) -}}
{{- end -}}
{{- if or (hasPrefix "127." (toString $one.bind)) (eq "::1" (toString $one.bind)) -}}
{{- fail (printf "config.buffy.listen[%d].bind is %s: requests come from outside the pod. Write 0.0.0.0, or `::`" $at $one.bind) -}}
{{- end -}}
{{- $ports = append $ports $port -}}
{{- end -}}
{{- toJson $ports -}}
{{- end -}}

{{/* The name of a listener's port, by its place in the list. */}}
{{- define "buffy.portName" -}}
{{- if eq .at 0 -}}http{{- else -}}http-{{ .port }}{{- end -}}
{{- end -}}

{{- define "buffy.adminPort" -}}
{{- $admin := dig "buffy" "admin" nil .Values.config -}}
{{- if not (kindIs "map" $admin) -}}
{{- fail "config.buffy.admin is missing: the kubelet asks it whether Buffy is ready. Write `admin: { bind: 0.0.0.0, port: 7001 }`" -}}
{{- end -}}
{{- $bind := toString (default "127.0.0.1" $admin.bind) -}}
{{- if or (hasPrefix "127." $bind) (eq $bind "::1") -}}
{{- fail (printf "config.buffy.admin.bind is %s: the kubelet's probes come from outside the pod. Write 0.0.0.0, or `::`; whoever changes anything needs the token" $bind) -}}
{{- end -}}
{{- $text := ternary $admin.port 7001 (hasKey $admin "port") -}}
{{- $port := int $text -}}
{{- if eq $port 0 -}}
{{- fail (printf "config.buffy.admin.port is %v: the Service must name it, as a number. Write 7001" $text) -}}
{{- end -}}
{{- $port -}}
{{- end -}}

{{/* Seconds of a duration, with a fraction; of `at` it says where it stands. */}}
{{- define "buffy.seconds" -}}
{{- $text := toString .text | replace " " "" -}}
{{- if eq $text "0" -}}
0
{{- else if not (regexMatch "^[0-9]+([.][0-9]+)?(ms|s|m|h)$" $text) -}}
{{- fail (printf "%s is %s: the pod's grace period is computed from it. Write a number with ms, s, m or h, such as 60s" .at .text) -}}
{{- else -}}
{{- $number := float64 (regexFind "^[0-9.]+" $text) -}}
{{- $unit := get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0) (regexFind "[a-z]+$" $text) -}}
{{- mulf $number $unit -}}
{{- end -}}
{{- end -}}

{{/* What stopping may take, in whole seconds, and 5 s so that the kubelet is never the first. */}}
{{- define "buffy.gracePeriod" -}}
{{- if kindIs "invalid" .Values.terminationGracePeriodSeconds -}}
{{- $sum := 5.0 -}}
{{- $shutdown := dig "buffy" "shutdown" (dict) .Values.config -}}
{{- range $key, $preset := dict "delay" "0s" "hold" "60s" "grace" "30s" -}}
{{- $at := printf "config.buffy.shutdown.%s" $key -}}
{{- $text := dig $key $preset $shutdown -}}
{{- $sum = addf $sum (float64 (include "buffy.seconds" (dict "text" $text "at" $at))) -}}
{{- end -}}
{{- ceil $sum | int -}}
{{- else -}}
{{- int .Values.terminationGracePeriodSeconds -}}
{{- end -}}
{{- end -}}

{{/* The file: what the values say, with the release's own token before theirs. A list that is empty is
none: Buffy takes it for one that was forgotten. */}}
{{- define "buffy.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- range $list := list "upstreams" "endpoints" -}}
{{- if not (get $config $list) -}}{{- $_ := unset $config $list -}}{{- end -}}
{{- end -}}
{{- $own := dict "name" "release" "scope" "admin" "value" (dict "file" "/run/secrets/buffy/token") -}}
{{- $admin := $config.buffy.admin -}}
{{- $_ := set $admin "tokens" (prepend (default (list) $admin.tokens) $own) -}}
{{- toYaml $config -}}
{{- end -}}

{{/* What cannot be together, each said in a sentence. */}}
{{- define "buffy.refusals" -}}
{{- $name := include "buffy.fullname" . -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" $name) -}}
{{- fail (printf "the Service would be called %s, and no Service may be: write fullnameOverride, a letter first, then letters, digits and `-`" $name) -}}
{{- end -}}
{{- range $at, $port := include "buffy.listeners" . | fromJsonArray -}}
{{- if eq (int $port) (include "buffy.adminPort" $ | int) -}}
{{- fail (printf "config.buffy.listen[%d].port is %v, and so is config.buffy.admin.port: each needs one of its own" $at $port) -}}
{{- end -}}
{{- if and (ne $at 0) (eq (int $port) (int $.Values.service.port)) -}}
{{- fail (printf "config.buffy.listen[%d].port is %v, and so is service.port, by which the Service has the first listener: write another service.port" $at $port) -}}
{{- end -}}
{{- end -}}
{{- if gt (int .Values.replicaCount) 1 -}}
{{- fail (printf "replicaCount is %d: each Buffy keeps its gates and what it holds to itself, so a close would reach one of them. Run 1; for another backend install another release" (int .Values.replicaCount)) -}}
{{- end -}}
{{- if and (eq .Values.strategy "RollingUpdate") .Values.persistence.enabled -}}
{{- fail "strategy is RollingUpdate: two pods would need the volume at once. Write Recreate, or persistence.enabled=false, where a new pod starts with open gates" -}}
{{- end -}}
{{- if and .Values.existingConfigMap .Values.files -}}
{{- fail "files is given with existingConfigMap: put them into that ConfigMap" -}}
{{- end -}}
{{- if hasKey .Values.files "buffy.yaml" -}}
{{- fail "files has buffy.yaml: that file is made of `config`" -}}
{{- end -}}
{{- if and .Values.auth.token .Values.auth.existingSecret -}}
{{- fail "auth.token is given with auth.existingSecret: leave one of them empty" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts is empty: write `[{ host: app.example, paths: [{ path: /, pathType: Prefix }] }]`" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs is empty: write the gateway, `[{ name: … }]`" -}}
{{- end -}}
{{- end -}}

{{/* Refuses where the cluster lacks an API: `of` what needs it, `api`, and who brings it. */}}
{{- define "buffy.needs" -}}
{{- if not (.root.Capabilities.APIVersions.Has .api) -}}
{{- fail (printf "%s is true, and this cluster has no %s: install %s, or leave it false. (helm template is told of it by --api-versions %s)" .of .api .by .api) -}}
{{- end -}}
{{- end -}}
