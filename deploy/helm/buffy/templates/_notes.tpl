{{/* What is printed when it is installed. */}}
{{- define "buffy.notes" -}}
{{- $name := include "buffy.fullname" . -}}
{{- $upstream := "UPSTREAM" -}}
{{- range $at, $one := .Values.config.upstreams -}}
{{- if and (eq $at 0) (not $.Values.existingConfigMap) -}}{{- $upstream = $one.id -}}{{- end -}}
{{- end -}}
{{ $name }} takes requests at http://{{ $name }}.{{ .Release.Namespace }}:{{ .Values.service.port }}.

{{- if eq (int .Values.replicaCount) 0 }}
It is stopped (replicaCount is 0).
{{- end }}
{{- if and (not .Values.existingConfigMap) (not .Values.config.endpoints) }}

It has no endpoints yet, so every path gets 501. Say what it stands before, in a file of values:

  config:
    upstreams:
      - { id: app, endpoint: "http://YOUR-SERVICE:80", health: { path: / } }
    endpoints:
      - { id: everything, path: /, type: proxy, upstream: [app], timeout: 30 }

and give it to Buffy: helm upgrade {{ .Release.Name }} CHART -n {{ .Release.Namespace }} -f FILE
{{- end }}
{{- if eq .Values.image.repository "buffy" }}

Its image is called buffy, without a registry: until the nodes have it, the pod does not start. Load it
into them, or push it to a registry of yours and say image.repository.
{{- end }}

From this machine:

  kubectl -n {{ .Release.Namespace }} port-forward svc/{{ $name }} 7000:{{ .Values.service.port }} &
  curl -i http://127.0.0.1:7000/

Send your clients (an Ingress, a Gateway, other pods) to it in place of the backend. Then, in the pod:

  kubectl -n {{ .Release.Namespace }} exec deploy/{{ $name }} -- /buffy status
  kubectl -n {{ .Release.Namespace }} exec deploy/{{ $name }} -- /buffy gate close {{ $upstream }} --for 10m
  kubectl -n {{ .Release.Namespace }} exec deploy/{{ $name }} -- /buffy gate open {{ $upstream }}
{{- if .Values.adminService.enabled }}

From a pipeline, in this namespace:

  export BUFFY_ADMIN=http://{{ $name }}-admin.{{ .Release.Namespace }}:{{ include "buffy.adminPort" . }}{{ dig "buffy" "admin" "path" "/_admin" .Values.config }}
  export BUFFY_TOKEN="$(kubectl -n {{ .Release.Namespace }} get secret {{ include "buffy.secretName" . }} -o jsonpath='{.data.{{ replace "." "\\." .Values.auth.key }}}' | base64 -d)"
  buffy hold {{ $upstream }} -- ./deploy.sh

Whether it is there, when its pod runs: helm test -n {{ .Release.Namespace }} {{ .Release.Name }}
{{- end }}

A change of `config` is read within about two minutes, without a restart: what is held stays held. Whether
it was taken: `buffy_config_last_reload_successful` is 1.
{{- if not .Values.persistence.enabled }}

persistence.enabled is false: a pod that is replaced forgets what was closed by hand.
{{- end }}
{{- if and .Values.networkPolicy.enabled .Values.metrics.serviceMonitor.enabled (not .Values.networkPolicy.adminFrom) }}

The network policy lets only this namespace scrape it. For a Prometheus elsewhere, set
networkPolicy.adminFrom to [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } } }].
{{- end }}
{{- end -}}
