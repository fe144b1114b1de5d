use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::User;
use crate::kinds::{SECRETS, SERVICE_ACCOUNTS};
use crate::store::{Key, Object, State, Timestamp};

/// The audience of tokens that this server takes.
pub const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// Makes the tokens of service accounts, and knows them again: JSON web tokens signed with a key of this process, so that
/// none needs to be kept.
#[derive(Debug)]
pub struct Tokens {
    key: hmac::Key,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    iat: i64,
    /// Seconds since the epoch; tokens of secrets do not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(rename = "kubernetes.io")]
    account: Account,
}

#[derive(Debug, Serialize, Deserialize)]
struct Account {
    namespace: Arc<str>,
    serviceaccount: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Reference>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reference {
    name: Arc<str>,
    uid: Arc<str>,
}

impl Reference {
    fn to(object: &Object) -> Self {
        Self { name: object.metadata.name.clone(), uid: object.metadata.uid.clone() }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>()) }
    }
}

impl Tokens {
    /// A token of `account` that is good until `expires`, or as long as `secret` stands.
    pub fn issue(
        &self,
        account: &Object,
        audiences: Vec<String>,
        now: Timestamp,
        expires: Option<Timestamp>,
        secret: Option<&Object>,
    ) -> String {
        let metadata = &account.metadata;
        let claims = Claims {
            iss: AUDIENCE.into(),
            sub: User::account_name(&metadata.namespace, &metadata.name),
            aud: audiences,
            iat: now.0,
            exp: expires.map(|at| at.0),
            account: Account {
                namespace: metadata.namespace.clone(),
                serviceaccount: Reference::to(account),
                secret: secret.map(Reference::to),
            },
        };
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let body = serde_json::to_vec(&claims).expect("JSON of our own types");
        let signed = format!("{}.{}", encode(br#"{"alg":"HS256","typ":"JWT"}"#), encode(&body));
        let signature = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", encode(signature.as_ref()))
    }

    /// The account of a token, if the token is one of ours and still valid, and the account still exists.
    pub fn user(&self, state: &State, token: &str) -> Option<User> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &signature).ok()?;
        let body = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        let Claims { aud, exp, account, .. } = serde_json::from_slice(&body).ok()?;
        if exp.is_some_and(|at| at <= state.now().0) || !aud.iter().any(|audience| audience == AUDIENCE) {
            return None;
        }
        let stands = |kind, reference: &Reference| {
            let found = state.get(kind, &Key::new(account.namespace.clone(), reference.name.clone()));
            found.is_some_and(|object| object.metadata.uid == reference.uid)
        };
        let secret_stands = account.secret.as_ref().is_none_or(|secret| stands(SECRETS, secret));
        let owner = &account.serviceaccount;
        (secret_stands && stands(SERVICE_ACCOUNTS, owner))
            .then(|| User::service_account(&account.namespace, &owner.name, &owner.uid))
    }
}
