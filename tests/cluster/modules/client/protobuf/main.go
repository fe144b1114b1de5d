// Speaks to an API server as Go programs do by default, in protobuf: creates objects that use many fields and reads them
// back typed, in JSON and in protobuf; watches them; becomes leader.
//
//	protobuf KUBECONFIG NAMESPACE
//
// Ends with 1 and says why where something is not as it was sent.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	events "k8s.io/api/events/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const protobuf = "application/vnd.kubernetes.protobuf"

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	namespace := os.Args[2]
	usual := client(config, "")
	alone := client(config, protobuf)
	all := write(ctx, usual, namespace)
	for name, reader := range map[string]*kubernetes.Clientset{"usual": usual, "protobuf alone": alone} {
		for at, got := range read(ctx, reader, namespace) {
			contains(fmt.Sprintf("%s: %T", name, got), all[at], got)
		}
	}
	watch(ctx, alone, namespace)
	lead(ctx, usual, namespace)
	fmt.Println("ok")
}

// client sends protobuf. What it accepts is up to client-go where `accept` is empty.
func client(config *rest.Config, accept string) *kubernetes.Clientset {
	own := rest.CopyConfig(config)
	own.ContentType, own.AcceptContentTypes = protobuf, accept
	made, err := kubernetes.NewForConfig(own)
	check(err)
	return made
}

func write(ctx context.Context, client *kubernetes.Clientset, namespace string) []any {
	pod, policy, event, deployment := pod(), policy(), event(namespace), deployment()
	_, err := client.CoreV1().Pods(namespace).Create(ctx, pod, meta.CreateOptions{})
	check(err)
	_, err = client.NetworkingV1().NetworkPolicies(namespace).Create(ctx, policy, meta.CreateOptions{})
	check(err)
	_, err = client.EventsV1().Events(namespace).Create(ctx, event, meta.CreateOptions{})
	check(err)
	_, err = client.AppsV1().Deployments(namespace).Create(ctx, deployment, meta.CreateOptions{})
	check(err)
	return []any{pod, policy, event, deployment}
}

func read(ctx context.Context, client *kubernetes.Clientset, namespace string) []any {
	pod, err := client.CoreV1().Pods(namespace).Get(ctx, "full", meta.GetOptions{})
	check(err)
	policies, err := client.NetworkingV1().NetworkPolicies(namespace).List(ctx, meta.ListOptions{})
	check(err)
	event, err := client.EventsV1().Events(namespace).Get(ctx, "full", meta.GetOptions{})
	check(err)
	deployment, err := client.AppsV1().Deployments(namespace).Get(ctx, "full", meta.GetOptions{})
	check(err)
	_, err = client.CoreV1().Pods(namespace).Get(ctx, "nobody", meta.GetOptions{})
	if err == nil || err.Error() != `pods "nobody" not found` {
		fail("what is not there: %v", err)
	}
	return []any{pod, &policies.Items[0], event, deployment}
}

// watch waits for an informer that is in step, and for what it shows of a change.
func watch(ctx context.Context, client *kubernetes.Clientset, namespace string) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	maps, seen := factory.Core().V1().ConfigMaps(), make(chan string, 100)
	_, err := maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(thing any) { seen <- "added " + thing.(*core.ConfigMap).Data["a"] },
		UpdateFunc: func(_, thing any) { seen <- "updated " + thing.(*core.ConfigMap).Data["a"] },
	})
	check(err)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	one := &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: "watched"}, Data: map[string]string{"a": "1"}}
	made, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, one, meta.CreateOptions{})
	check(err)
	await(ctx, seen, "added 1")
	made.Data["a"] = "2"
	_, err = client.CoreV1().ConfigMaps(namespace).Update(ctx, made, meta.UpdateOptions{})
	check(err)
	await(ctx, seen, "updated 2")
}

func await(ctx context.Context, seen <-chan string, wanted string) {
	for {
		select {
		case one := <-seen:
			if one == wanted {
				return
			}
		case <-ctx.Done():
			fail("the watch did not show %q", wanted)
		}
	}
}

// lead becomes leader twice: the second reads and writes the Lease of the first.
func lead(ctx context.Context, client *kubernetes.Clientset, namespace string) {
	for _, identity := range []string{"first", "second"} {
		inner, cancel := context.WithCancel(ctx)
		led := false
		leaderelection.RunOrDie(inner, leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta:  meta.ObjectMeta{Name: "leader", Namespace: namespace},
				Client:     client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
			},
			LeaseDuration: 4 * time.Second, RenewDeadline: 3 * time.Second, RetryPeriod: 500 * time.Millisecond,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { led = true; time.Sleep(2 * time.Second); cancel() },
				OnStoppedLeading: func() {},
			},
		})
		cancel()
		if !led {
			fail("%s never led", identity)
		}
	}
}

// contains ends the program unless all that was sent is in what came back.
func contains(what string, sent, got any) {
	var wanted, is any
	for from, to := range map[any]*any{sent: &wanted, got: &is} {
		text, err := json.Marshal(from)
		check(err)
		check(json.Unmarshal(text, to))
	}
	if lack := missing("", wanted, is); lack != "" {
		fail("%s lacks%s", what, lack)
	}
}

func missing(path string, wanted, is any) string {
	switch wanted := wanted.(type) {
	case map[string]any:
		fields, _ := is.(map[string]any)
		for name, value := range wanted {
			if lack := missing(path+"."+name, value, fields[name]); lack != "" && name != "status" {
				return lack
			}
		}
		return ""
	case []any:
		items, _ := is.([]any)
		for at, value := range wanted {
			if at >= len(items) {
				return fmt.Sprintf("%s[%d]", path, at)
			}
			if lack := missing(fmt.Sprintf("%s[%d]", path, at), value, items[at]); lack != "" {
				return lack
			}
		}
		return ""
	}
	if wanted == nil || reflect.DeepEqual(wanted, is) {
		return ""
	}
	return fmt.Sprintf("%s: sent %v, got %v", path, wanted, is)
}

func pod() *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: "full", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}},
		Spec:       spec(),
	}
}

func spec() core.PodSpec {
	probe := &core.Probe{
		ProbeHandler:   core.ProbeHandler{HTTPGet: &core.HTTPGetAction{Path: "/ok", Port: intstr.FromString("http"), Scheme: "HTTP"}},
		TimeoutSeconds: 2, PeriodSeconds: 3, SuccessThreshold: 1, FailureThreshold: 4,
	}
	term := core.PodAffinityTerm{LabelSelector: selector(), TopologyKey: "kubernetes.io/hostname"}
	zone := core.NodeSelectorRequirement{Key: "zone", Operator: core.NodeSelectorOpIn, Values: []string{"a", "b"}}
	zones := core.NodeSelectorTerm{MatchExpressions: []core.NodeSelectorRequirement{zone}}
	return core.PodSpec{
		TerminationGracePeriodSeconds: of(int64(0)),
		AutomountServiceAccountToken:  of(false),
		SecurityContext: &core.PodSecurityContext{
			RunAsUser: of(int64(0)), RunAsNonRoot: of(false), FSGroup: of(int64(7)), SupplementalGroups: []int64{1, 2},
			SeccompProfile: &core.SeccompProfile{Type: core.SeccompProfileTypeRuntimeDefault},
		},
		DNSPolicy: core.DNSNone,
		DNSConfig: &core.PodDNSConfig{
			Nameservers: []string{"8.8.8.8"}, Options: []core.PodDNSConfigOption{{Name: "ndots", Value: of("2")}},
		},
		HostAliases: []core.HostAlias{{IP: "10.0.0.1", Hostnames: []string{"one"}}},
		Tolerations: []core.Toleration{{Key: "k", Operator: "Exists", TolerationSeconds: of(int64(0)), Effect: "NoExecute"}},
		Affinity: &core.Affinity{
			NodeAffinity: &core.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []core.PreferredSchedulingTerm{
				{Weight: 3, Preference: zones},
			}},
			PodAntiAffinity: &core.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []core.WeightedPodAffinityTerm{
				{Weight: 5, PodAffinityTerm: term},
			}},
		},
		TopologySpreadConstraints: []core.TopologySpreadConstraint{
			{MaxSkew: 2, TopologyKey: "zone", WhenUnsatisfiable: core.ScheduleAnyway, LabelSelector: selector()},
		},
		Volumes: volumes(),
		Containers: []core.Container{{
			Name: "main", Image: "registry.k8s.io/pause:3.10", Args: []string{""}, Stdin: true,
			Ports: []core.ContainerPort{{Name: "http", ContainerPort: 80, Protocol: "UDP"}},
			Env: []core.EnvVar{
				{Name: "EMPTY", Value: ""},
				{Name: "NODE", ValueFrom: &core.EnvVarSource{FieldRef: &core.ObjectFieldSelector{APIVersion: "v1", FieldPath: "spec.nodeName"}}},
				{Name: "KEY", ValueFrom: &core.EnvVarSource{SecretKeyRef: &core.SecretKeySelector{
					LocalObjectReference: core.LocalObjectReference{Name: "s"}, Key: "k", Optional: of(false),
				}}},
			},
			EnvFrom: []core.EnvFromSource{{Prefix: "P_", ConfigMapRef: &core.ConfigMapEnvSource{
				LocalObjectReference: core.LocalObjectReference{Name: "c"}, Optional: of(true),
			}}},
			Resources: core.ResourceRequirements{
				Limits:   core.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("1Gi")},
				Requests: core.ResourceList{"cpu": resource.MustParse("0"), "memory": resource.MustParse("1Mi")},
			},
			VolumeMounts:   []core.VolumeMount{{Name: "work", MountPath: "/work", ReadOnly: true}},
			LivenessProbe:  probe,
			ReadinessProbe: probe,
			Lifecycle:      &core.Lifecycle{PreStop: &core.LifecycleHandler{Exec: &core.ExecAction{Command: []string{"sync"}}}},
			SecurityContext: &core.SecurityContext{
				AllowPrivilegeEscalation: of(false), ReadOnlyRootFilesystem: of(true),
				Capabilities: &core.Capabilities{Drop: []core.Capability{"ALL"}},
			},
		}},
	}
}

func volumes() []core.Volume {
	limit := resource.MustParse("64Mi")
	token := &core.ServiceAccountTokenProjection{Audience: "a", ExpirationSeconds: of(int64(600)), Path: "token"}
	return []core.Volume{
		{Name: "work", VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{Medium: "Memory", SizeLimit: &limit}}},
		{Name: "secret", VolumeSource: core.VolumeSource{Secret: &core.SecretVolumeSource{
			SecretName: "s", DefaultMode: of(int32(0)), Optional: of(true),
		}}},
		{Name: "token", VolumeSource: core.VolumeSource{Projected: &core.ProjectedVolumeSource{
			DefaultMode: of(int32(0o400)), Sources: []core.VolumeProjection{{ServiceAccountToken: token}},
		}}},
		{Name: "disk", VolumeSource: core.VolumeSource{Ephemeral: &core.EphemeralVolumeSource{
			VolumeClaimTemplate: &core.PersistentVolumeClaimTemplate{Spec: core.PersistentVolumeClaimSpec{
				AccessModes: []core.PersistentVolumeAccessMode{"ReadWriteOnce"},
				Resources:   core.VolumeResourceRequirements{Requests: core.ResourceList{"storage": limit}},
			}},
		}}},
	}
}

func policy() *networking.NetworkPolicy {
	port := networking.NetworkPolicyPort{Protocol: of(core.ProtocolTCP), Port: of(intstr.FromInt32(443)), EndPort: of(int32(444))}
	block := networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}}
	return &networking.NetworkPolicy{
		ObjectMeta: meta.ObjectMeta{Name: "full"},
		Spec: networking.NetworkPolicySpec{
			PodSelector: *selector(),
			PolicyTypes: []networking.PolicyType{"Ingress", "Egress"},
			Ingress:     []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{}}}}},
			Egress: []networking.NetworkPolicyEgressRule{
				{Ports: []networking.NetworkPolicyPort{port}, To: []networking.NetworkPolicyPeer{block}},
			},
		},
	}
}

func event(namespace string) *events.Event {
	return &events.Event{
		ObjectMeta: meta.ObjectMeta{Name: "full"},
		EventTime:  meta.NewMicroTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		Series: &events.EventSeries{
			Count: 2, LastObservedTime: meta.NewMicroTime(time.Date(2026, 1, 2, 3, 4, 6, 7000, time.UTC)),
		},
		ReportingController: "example.com/test", ReportingInstance: "one", Action: "Tested", Reason: "Test",
		Regarding: core.ObjectReference{Kind: "Pod", Namespace: namespace, Name: "full", APIVersion: "v1"},
		Note:      "said", Type: "Normal",
	}
}

func deployment() *apps.Deployment {
	labels := map[string]string{"app": "full"}
	template := spec()
	surge := intstr.FromString("50%")
	return &apps.Deployment{
		ObjectMeta: meta.ObjectMeta{Name: "full"},
		Spec: apps.DeploymentSpec{
			Replicas: of(int32(0)),
			Selector: &meta.LabelSelector{MatchLabels: labels},
			Strategy: apps.DeploymentStrategy{
				Type: "RollingUpdate", RollingUpdate: &apps.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: of(intstr.FromInt32(0))},
			},
			Template: core.PodTemplateSpec{ObjectMeta: meta.ObjectMeta{Labels: labels}, Spec: template},
		},
	}
}

func selector() *meta.LabelSelector {
	exists := meta.LabelSelectorRequirement{Key: "tier", Operator: meta.LabelSelectorOpExists}
	return &meta.LabelSelector{
		MatchLabels: map[string]string{"app": "web"}, MatchExpressions: []meta.LabelSelectorRequirement{exists},
	}
}

func of[T any](value T) *T { return &value }

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, words ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", words...)
	os.Exit(1)
}
