//! The agent-sandbox API as it stands on the wire: groups, labels, annotations, reasons. No IO.

/// Group of `Sandbox`.
pub const AGENTS_GROUP: &str = "agents.x-k8s.io";
/// Group of `SandboxClaim`, `SandboxTemplate` and `SandboxWarmPool`.
pub const EXTENSIONS_GROUP: &str = "extensions.agents.x-k8s.io";
/// Versions that this program speaks, oldest first.
pub const VERSIONS: [&str; 2] = ["v1alpha1", "v1beta1"];

/// Name of the controller's Deployment in every manifest upstream published.
pub const CONTROLLER: &str = "agent-sandbox-controller";
/// Its namespace.
pub const CONTROLLER_NAMESPACE: &str = "agent-sandbox-system";

/// Where the runtime of a sandbox serves `POST /execute`.
pub const RUNTIME_PORT: u16 = 8888;

/// Labels and annotations of the controller.
pub mod key {
    /// Label: uid of the claim a Sandbox was bound to.
    pub const CLAIM_UID: &str = "agents.x-k8s.io/claim-uid";
    /// Label: `warm` or `cold`; the oldest releases do not write it.
    pub const LAUNCH_TYPE: &str = "agents.x-k8s.io/launch-type";
    /// Label: the pool a Sandbox was made for.
    pub const WARM_POOL_SANDBOX: &str = "agents.x-k8s.io/warm-pool-sandbox";
    /// Annotation: name of the Sandbox a claim is bound to.
    pub const SANDBOX_NAME: &str = "agents.x-k8s.io/sandbox-name";
    /// Annotation on a Sandbox: name of its pod, where that is not its own.
    pub const POD_NAME: &str = "agents.x-k8s.io/pod-name";
    /// Annotation: when the client first asked, by the client's clock.
    pub const CLIENT_FIRST_REQUESTED_AT: &str = "agents.x-k8s.io/client-first-requested-at";
    /// Annotation: when the controller first saw the claim, by its clock, in nanoseconds.
    pub const CONTROLLER_FIRST_OBSERVED_AT: &str = "agents.x-k8s.io/controller-first-observed-at";
    /// Annotation: when the controller first wrote Ready; a time, or the word `unknown`. The oldest releases do not write it.
    pub const CLAIM_FIRST_READY_AT: &str = "agents.x-k8s.io/claim-first-ready-at";
    /// Label on everything we make: the run it belongs to.
    pub const RUN_ID: &str = "agent-sandbox-bench/run-id";
    /// Label: which runner of a run made it, where there are several.
    pub const RUNNER: &str = "agent-sandbox-bench/runner";
    /// Label on everything we make.
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    /// Its value, and our field manager.
    pub const MANAGER: &str = "agent-sandbox-bench";
}

crate::words! {
    /// A reason of Ready=False after which the controller does not try again (read in its source).
    pub enum FinalReason {
        /// A label or annotation that a pod must not have.
        InvalidMetadata = "InvalidMetadata",
        /// The template allows no environment of the claim's own.
        EnvVarsInjectionRejected = "EnvVarsInjectionRejected",
        /// The template allows no volumes of the claim's own.
        VolumeClaimTemplatesError = "VolumeClaimTemplatesError",
        /// The claim's time was up.
        ClaimExpired = "ClaimExpired",
        /// Its sandbox's time was up.
        SandboxExpired = "SandboxExpired",
        /// Its pod ended with a failure.
        PodFailed = "PodFailed",
        /// Its pod ended.
        PodSucceeded = "PodSucceeded",
        /// The API server refuses its pod as invalid.
        InvalidConfiguration = "InvalidConfiguration",
    }

    /// A reason of Ready=False that passes: the controller goes on trying.
    pub enum TransientReason {
        /// Its sandbox does not exist yet, or no longer.
        SandboxMissing = "SandboxMissing",
        /// Its sandbox is not Ready.
        SandboxNotReady = "SandboxNotReady",
        /// Its sandbox was created, and is not seen yet.
        SandboxCreatePending = "SandboxCreatePending",
        /// Its sandbox is suspended.
        SandboxSuspended = "SandboxSuspended",
        /// The pod of its sandbox is not Ready.
        DependenciesNotReady = "DependenciesNotReady",
        /// Its sandbox has more than one pod.
        MultiplePods = "MultiplePods",
        /// Another claim took the pooled sandbox.
        AdoptionConflict = "AdoptionConflict",
        /// A pooled sandbox is being adopted.
        AdoptionPending = "AdoptionPending",
        /// There is no such pool.
        WarmPoolNotFound = "WarmPoolNotFound",
        /// There is no such template.
        TemplateNotFound = "TemplateNotFound",
        /// The controller met an error.
        ReconcilerError = "ReconcilerError",
    }

    /// `spec.lifecycle.shutdownPolicy`: what becomes of a claim whose time is up.
    #[derive(schemars::JsonSchema)]
    pub enum ShutdownPolicy {
        /// It is deleted.
        Delete = "Delete",
        /// It is deleted after its sandbox.
        DeleteForeground = "DeleteForeground",
        /// Its sandbox is deleted, and the claim stays.
        Retain = "Retain",
    }
}
