{{/* A Job that tells Buffy one thing after another: `name`, `hooks`, and `say`, a list of command
lines. All but the last are init containers, since these run in order. */}}
{{- define "shop.gate" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .root.Release.Name | trunc 52 | trimSuffix "-" }}-{{ .name }}
  annotations:
    helm.sh/hook: {{ .hooks }}
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 300
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile: { type: RuntimeDefault }
      {{- $gate := .root.Values.gate }}
      {{- $last := sub (len .say) 1 | int }}
      {{- range $at, $words := .say }}
      {{- if and (eq $at 0) (lt 0 $last) }}
      initContainers:
      {{- end }}
      {{- if eq $at $last }}
      containers:
      {{- end }}
        - name: say-{{ $at }}
          image: {{ $gate.image }}
          args: {{ toJson $words }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          env:
            - { name: BUFFY_ADMIN, value: {{ $gate.admin | quote }} }
            - { name: BUFFY_ACTOR, value: helm }
            - name: BUFFY_TOKEN
              valueFrom: { secretKeyRef: { name: {{ $gate.secret }}, key: token } }
      {{- end }}
{{- end -}}
