/* The addon's boundary, as Rust declares it. Not public: the package's types come from ts/. */
