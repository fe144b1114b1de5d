use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::controllers::Controllers;
use crate::access::AUDIENCE;
use crate::kinds::{SECRETS, SERVICE_ACCOUNTS};
use crate::store::{Event, Key};

impl Controllers {
    /// Puts a token that does not expire into a secret made for one.
    pub(super) fn fill_token(&mut self, event: &Event) {
        let secret = &event.object;
        let name = secret.metadata.annotations.get("kubernetes.io/service-account.name");
        let Some(name) = name.filter(|_| secret.parse("type") == "kubernetes.io/service-account-token") else { return };
        let mut state = self.store.lock();
        let Some(account) = state.get(SERVICE_ACCOUNTS, &Key::new(secret.metadata.namespace.clone(), name)) else {
            return;
        };
        let token = self.tokens.issue(account, vec![AUDIENCE.into()], state.now(), None, Some(secret));
        let uid = account.metadata.uid.clone();
        state.update(SECRETS, &event.key(), |secret| {
            let mut data = secret.parse("data");
            if data.is_null() {
                data = json!({});
            }
            data["token"] = STANDARD.encode(token).into();
            data["namespace"] = STANDARD.encode(&*secret.metadata.namespace).into();
            secret.set("data", &data);
            secret.metadata.annotations.insert("kubernetes.io/service-account.uid", uid);
        });
    }
}
