//! JSON ABIs of the Fluxion contracts and the bindings made from them.
