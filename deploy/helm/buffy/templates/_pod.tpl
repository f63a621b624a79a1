{{/* The pod. A change of the configuration is no change of it: Buffy reads the mounted file anew, while
a new pod would let go of whatever is held. */}}
{{- define "buffy.pod" -}}
serviceAccountName: {{ include "buffy.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ include "buffy.gracePeriod" . }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
containers:
  - name: buffy
    image: {{ include "buffy.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args: [run, --watch, -c, /etc/buffy/buffy.yaml]
    securityContext:
      {{- toYaml .Values.securityContext | nindent 6 }}
    env:
      - name: STATE_DIRECTORY
        value: /var/lib/buffy/state
      {{- with .Values.env }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.envFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    ports:
      {{- range $at, $port := include "buffy.listeners" . | fromJsonArray }}
      - name: {{ include "buffy.portName" (dict "at" $at "port" $port) }}
        containerPort: {{ $port }}
      {{- end }}
      - name: admin
        containerPort: {{ include "buffy.adminPort" . }}
    {{- with .Values.probes.startup }}
    startupProbe:
      httpGet: { path: /livez, port: admin }
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.probes.liveness }}
    livenessProbe:
      httpGet: { path: /livez, port: admin }
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.probes.readiness }}
    readinessProbe:
      httpGet: { path: /readyz, port: admin }
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - { name: config, mountPath: /etc/buffy, readOnly: true }
      - { name: token, mountPath: /run/secrets/buffy, readOnly: true }
      - { name: state, mountPath: /var/lib/buffy }
      {{- with .Values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: config
    configMap: { name: {{ include "buffy.configMapName" . }} }
  - name: token
    secret:
      secretName: {{ include "buffy.secretName" . }}
      defaultMode: 0440
      items: [{ key: {{ .Values.auth.key | quote }}, path: token }]
  - name: state
    {{- if .Values.persistence.enabled }}
    persistentVolumeClaim: { claimName: {{ include "buffy.claimName" . }} }
    {{- else }}
    emptyDir: { sizeLimit: {{ .Values.persistence.size }} }
    {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $one := deepCopy . }}
  {{- if not (hasKey $one "labelSelector") }}
  {{- $_ := set $one "labelSelector" (dict "matchLabels" (include "buffy.selectorLabels" $ | fromYaml)) }}
  {{- end }}
  - {{ toYaml $one | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end -}}
