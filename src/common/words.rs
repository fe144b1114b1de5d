/// Declares enums each of whose variants is one word in files, in answers and in configuration.
///
/// Each gets `ALL` in the order of declaration, `name`, `of_name`, `Display` and serde's traits: a variant that a list or
/// a name lacks does not compile.
#[macro_export]
macro_rules! words {
    ($($(#[$about:meta])* $vis:vis enum $enum:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        $vis enum $enum {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $enum {
            /// All, in the order of declaration.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What the word stands for.
            #[must_use]
            pub fn of_name(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl ::std::fmt::Display for $enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }
    )+};
}
