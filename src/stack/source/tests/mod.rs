mod loopback;

use super::*;

#[test]
fn the_form_of_a_reference() {
    assert_eq!(Form::of("v0.5.6").unwrap(), Form::Tag("v0.5.6".into()));
    assert_eq!(Form::of("v0.6.0-rc.1").unwrap(), Form::Tag("v0.6.0-rc.1".into()));
    assert_eq!(Form::of("32c4f231a116").unwrap(), Form::Commit("32c4f231a116".into()));
    assert_eq!(Form::of("./k8s").unwrap(), Form::Folder("./k8s".into()));
    assert_eq!(Form::of("/srv/k8s").unwrap(), Form::Folder("/srv/k8s".into()));
    for bad in ["main", "v", "32c4f2", "v1;rm", "ABCDEF0"] {
        assert_eq!(Form::of(bad).unwrap_err().field, "stack.manifest_ref", "{bad}");
    }
}

#[test]
fn a_release_that_is_not_known_is_told_and_not_refused() {
    assert!(doubt("v9.0.0").unwrap().contains("stack.manifest_ref: v9.0.0 is not known"));
    assert_eq!([doubt("v0.4.6"), doubt("v1.0.1"), doubt("0123456789ab")], [None, None, None]);
}
