//! Names derived from names.

/// Hash of a name as the controller puts it into labels: FNV-1a of 32 bits.
pub fn name_hash(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_the_published_vectors_of_fnv_1a() {
        assert_eq!(super::name_hash(""), "811c9dc5");
        assert_eq!(super::name_hash("foobar"), "bf9cf968");
    }
}
