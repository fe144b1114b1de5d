use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

/// A kubeconfig, what is of use here; other fields are passed over, as client-go does. What is null is absent by now.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Kubeconfig {
    pub current_context: Option<String>,
    #[serde(deserialize_with = "named")]
    pub clusters: BTreeMap<String, Cluster>,
    #[serde(deserialize_with = "named")]
    pub users: BTreeMap<String, User>,
    #[serde(deserialize_with = "named")]
    pub contexts: BTreeMap<String, Context>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context {
    pub cluster: String,
    pub user: String,
    pub namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Cluster {
    pub server: String,
    pub tls_server_name: String,
    pub insecure_skip_tls_verify: bool,
    pub certificate_authority: PathBuf,
    pub certificate_authority_data: Data,
    pub proxy_url: String,
    pub extensions: Vec<Extension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extension {
    pub name: String,
    pub extension: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct User {
    pub client_certificate: PathBuf,
    pub client_certificate_data: Data,
    pub client_key: PathBuf,
    pub client_key_data: Data,
    pub token: Secret,
    #[serde(rename = "tokenFile")]
    pub token_file: PathBuf,
    pub r#as: String,
    pub as_uid: String,
    pub as_groups: Vec<String>,
    pub as_user_extra: BTreeMap<String, Vec<String>>,
    pub username: String,
    pub password: Secret,
    pub auth_provider: Option<AuthProvider>,
    pub exec: Option<ExecConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthProvider {
    pub name: String,
    pub config: BTreeMap<String, Secret>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ExecConfig {
    pub command: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<Variable>,
    pub api_version: String,
    pub install_hint: String,
    pub provide_cluster_info: bool,
    pub interactive_mode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variable {
    pub name: String,
    pub value: String,
}

/// Secret text: nothing prints it.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct Secret(SecretString);

impl Secret {
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Bytes that stand as base64, in one line or several.
#[derive(Default)]
pub(super) struct Data(pub Vec<u8>);

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As Go: ends of lines do not count, other white space does.
        let text: String = String::deserialize(deserializer)?.chars().filter(|char| !"\r\n".contains(*char)).collect();
        STANDARD.decode(text).map(Self).map_err(|_| de::Error::custom("is not base64"))
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// A list of named things, each name once.
fn named<'de, D: Deserializer<'de>, T: NamedItem<'de>>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error> {
    struct List<T>(PhantomData<T>);
    impl<'de, T: NamedItem<'de>> Visitor<'de> for List<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(item) = items.next_element::<T::Named>()? {
                let (name, item) = T::named(item);
                if map.contains_key(&name) {
                    return Err(de::Error::custom(format!("the name {name:?} stands twice")));
                }
                map.insert(name, item);
            }
            Ok(map)
        }
    }
    deserializer.deserialize_seq(List(PhantomData))
}

/// What stands in such a list.
trait NamedItem<'de>: Sized {
    type Named: Deserialize<'de>;
    fn named(item: Self::Named) -> (String, Self);
}

macro_rules! named_item {
    ($item:ident, $named:ident, $field:ident) => {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct $named {
            name: String,
            $field: $item,
        }

        impl NamedItem<'_> for $item {
            type Named = $named;

            fn named(item: $named) -> (String, Self) {
                (item.name, item.$field)
            }
        }
    };
}

named_item!(Cluster, NamedCluster, cluster);
named_item!(User, NamedUser, user);
named_item!(Context, NamedContext, context);
