{{/* What everything is called: the release, with the chart's name where it is not in it already. */}}
{{- define "buffy.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "buffy.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "buffy.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "buffy.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "buffy.selectorLabels" -}}
app.kubernetes.io/name: {{ include "buffy.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "buffy.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "buffy.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "buffy.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "buffy.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "buffy.configMapName" -}}
{{- default (include "buffy.fullname" .) .Values.existingConfigMap -}}
{{- end -}}

{{- define "buffy.secretName" -}}
{{- default (printf "%s-admin" (include "buffy.fullname" .)) .Values.auth.existingSecret -}}
{{- end -}}

{{- define "buffy.claimName" -}}
{{- default (include "buffy.fullname" .) .Values.persistence.existingClaim -}}
{{- end -}}

{{- define "buffy.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}
