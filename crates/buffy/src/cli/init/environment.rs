//! Where Buffy is to run, the files for it, and what is done with them.

use clap::ValueEnum;

/// Where Buffy is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Environment {
    /// On this machine, by hand.
    Plain,
    /// With docker compose, before a service of the same file.
    Compose,
    /// In Kubernetes, by kustomize.
    K8s,
    /// As a service of systemd, which keeps its sockets.
    Systemd,
    /// With a workflow of GitHub Actions that deploys behind the closed gate.
    Gha,
    /// With a pipeline of GitLab CI that deploys behind the closed gate.
    Gitlab,
}

/// A file that is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    /// Below the folder.
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

/// A file of the repository, below the folder that is named first.
macro_rules! files {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$(File {
            path: $path,
            text: include_str!(concat!("../../../../../", $folder, "/", $path)),
        }),+]
    };
}

const PLAIN: &[File] = files!("examples/starter": "buffy.yaml");
const COMPOSE: &[File] = files!("examples/compose": "buffy.yaml", "compose.yaml", "shop.py");
const K8S_CONFIGURATION: &[File] = files!("examples/kubernetes": "buffy.yaml");
const K8S_OBJECTS: &[File] = files!(
    "deploy/kustomize/base": "kustomization.yaml", "deployment.yaml", "service.yaml",
    "serviceaccount.yaml", "persistentvolumeclaim.yaml", "networkpolicy.yaml",
);
const SYSTEMD_CONFIGURATION: &[File] = files!("examples/systemd": "buffy.yaml");
const SYSTEMD_UNITS: &[File] = files!(
    "deploy/systemd": "buffy.service", "buffy.socket", "buffy-admin.socket", "hardened.conf",
);
const GHA: &[File] = files!(
    "examples/github-actions": "buffy.yaml", ".github/workflows/deploy.yml", "deploy.sh", "shop.py",
);
const GITLAB: &[File] = files!(
    "examples/gitlab-ci": "buffy.yaml", ".gitlab-ci.yml", "deploy.sh", "shop.py",
);

impl Environment {
    pub(super) fn files(self) -> Vec<File> {
        match self {
            Self::Plain => PLAIN.to_vec(),
            Self::Compose => COMPOSE.to_vec(),
            Self::K8s => [K8S_CONFIGURATION, K8S_OBJECTS].concat(),
            Self::Systemd => [SYSTEMD_CONFIGURATION, SYSTEMD_UNITS].concat(),
            Self::Gha => GHA.to_vec(),
            Self::Gitlab => GITLAB.to_vec(),
        }
    }

    /// Lines for a shell, the comments behind them for its reader.
    pub(super) fn next(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[
                "buffy check                     # after you have written your backend into it",
                "buffy run                       # clients come to http://127.0.0.1:7000",
                "buffy status                    # in another terminal",
            ],
            Self::Compose => &[
                "buffy check                     # `shop` is the service; put yours in its place",
                "docker compose up --detach      # the image `buffy` is built before",
                "docker compose exec buffy /buffy status",
            ],
            Self::K8s => &[
                "buffy check                     # `shop` is the upstream; put yours in its place",
                "kubectl apply -k .              # after you have set the image with `kustomize edit`",
                "kubectl exec deploy/buffy -- /buffy status",
            ],
            Self::Systemd => &[
                "buffy check                     # write your backend into it",
                "install -D -m 644 buffy.yaml /etc/buffy/buffy.yaml",
                "install -m 644 buffy.service buffy.socket buffy-admin.socket /etc/systemd/system/",
                "install -D -m 644 hardened.conf /etc/systemd/system/buffy.service.d/hardened.conf",
                "systemctl daemon-reload",
                "systemctl enable --now buffy.socket buffy-admin.socket buffy.service",
            ],
            Self::Gha => &[
                "buffy check                     # `shop` is the upstream; put yours in its place",
                "buffy run                       # on the machine of the runner",
                "git add .github deploy.sh       # deploy.sh replaces the backend; make it yours",
            ],
            Self::Gitlab => &[
                "buffy check                     # `shop` is the upstream; put yours in its place",
                "buffy run                       # on the machine of the runner",
                "git add .gitlab-ci.yml deploy.sh  # deploy.sh replaces the backend; make it yours",
            ],
        }
    }
}
