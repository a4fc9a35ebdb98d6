//! The signature of a marked method: who `self` is, which parameters there
//! are, and whether it may be `async`.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    FnArg, GenericParam, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type,
};

use crate::{
    errors::Errors,
    model::{Call, Hook, Role},
    parse::Mark,
    paths::Ends,
};

/// How to call the method; nothing, and errors, if it cannot be called.
pub(crate) fn call(
    signature: &Signature,
    role: &Role,
    mark: Mark,
    errors: &mut Errors,
) -> Option<Call> {
    let before = errors.len();
    let mut checker = Checker {
        signature,
        role,
        name: mark.name(),
        errors,
    };
    checker.generics();
    checker.qualifiers();
    checker.receiver();
    let (payload, context) = checker.parameters();
    (errors.len() == before).then(|| Call {
        is_async: signature.asyncness.is_some(),
        payload,
        context,
        returns: match &signature.output {
            ReturnType::Default => Ends::of(&signature.ident),
            ReturnType::Type(_, output) => Ends::of(output),
        },
    })
}

struct Checker<'a> {
    signature: &'a Signature,
    role: &'a Role,
    name: &'static str,
    errors: &'a mut Errors,
}

impl Checker<'_> {
    fn generics(&mut self) {
        for parameter in &self.signature.generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                self.refuse_generic(parameter);
            }
        }
        for input in &self.signature.inputs {
            if let FnArg::Typed(PatType { ty, .. }) = input
                && let Type::ImplTrait(ty) = &**ty
            {
                self.refuse_generic(ty);
            }
        }
    }

    fn refuse_generic(&mut self, tokens: &impl ToTokens) {
        let name = self.name;
        let message = format!("a `#[{name}]` method cannot be generic; name the concrete type");
        self.errors.push(tokens, message);
    }

    fn qualifiers(&mut self) {
        if let Safety::Unsafe(token) = &self.signature.safety {
            let message = "the library calls this method, so it cannot be `unsafe`; \
                           put an `unsafe` block inside";
            self.errors.push(token, message);
        }
        if let (Role::Hook(Hook::Run), Some(token)) = (self.role, &self.signature.asyncness) {
            let message = "a `#[run]` method owns the thread, so it cannot be `async`; \
                           for async work use `#[action]`, `#[every]` or an async `#[handler]`";
            self.errors.push(token, message);
        }
    }

    fn receiver(&mut self) {
        let name = self.name;
        match (self.role, self.signature.receiver()) {
            (Role::Init, None) => {}
            (Role::Init, Some(receiver)) => {
                let message = "an `#[init]` method makes the worker, so it cannot take `self`; \
                               its parameter is the value that was sent";
                self.errors.push(receiver, message);
            }
            (_, Some(receiver)) if is_borrowed(receiver) => {}
            (_, Some(receiver)) => {
                let message = format!(
                    "the worker lives on after this call; a `#[{name}]` method takes \
                     `&mut self` or `&self`"
                );
                self.errors.push(receiver, message);
            }
            (_, None) => {
                let message = format!("a `#[{name}]` method takes `&mut self` or `&self` first");
                self.errors.push(&self.signature.ident, message);
            }
        }
    }

    /// The types of the parameters: what is handed over, and the context.
    fn parameters(&mut self) -> (Option<Type>, Option<Ends>) {
        let mut types = self
            .signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(parameter) => Some(&*parameter.ty),
                FnArg::Receiver(_) => None,
            });
        let payload = match (self.role, self.role.message()) {
            (_, Some(message)) => {
                let form = format!("message: {}", message.to_token_stream());
                self.payload(types.next(), "message", &form)
            }
            (Role::Init, _) => self.payload(types.next(), "init value", "config: Config"),
            (Role::Hook(Hook::Run), _) => {
                self.inbox(types.next());
                None
            }
            _ => None,
        };
        let context = types.next().and_then(|ty| self.context(ty));
        for ty in types {
            let message = format!("one parameter too many: {}", self.wanted());
            self.errors.push(ty, message);
        }
        (payload, context)
    }

    /// The message, or what the worker is made from; `form` is how it would
    /// be written.
    fn payload(&mut self, given: Option<&Type>, what: &str, form: &str) -> Option<Type> {
        match given {
            Some(Type::Reference(given)) if names(&given.elem, "Context") => {
                self.errors
                    .push(given, format!("the {what} comes first, as in `{form}`"));
                None
            }
            Some(Type::Reference(given)) => {
                let message = format!("the {what} is handed over by value, as in `{form}`");
                self.errors.push(given, message);
                None
            }
            Some(given) => Some(given.clone()),
            None => {
                let message = format!("a parameter is missing: the {what}, as in `{form}`");
                self.errors.push_at(self.end(), message);
                None
            }
        }
    }

    fn inbox(&mut self, given: Option<&Type>) {
        let message = "a `#[run]` method pulls its messages itself, so it takes the inbox: \
                       `inbox: &mut Inbox<Self>`";
        match given {
            Some(Type::Reference(given)) if given.mutability.is_some() => {}
            Some(given) => self.errors.push(given, message),
            None => self.errors.push_at(self.end(), message),
        }
    }

    fn context(&mut self, given: &Type) -> Option<Ends> {
        match given {
            Type::Reference(reference) if reference.mutability.is_none() => {
                return Some(Ends::of(given));
            }
            other if names(other, "Context") || matches!(other, Type::Reference(_)) => {
                let message = "the context is shared: `cx: &Context<Self>`";
                self.errors.push(given, message);
            }
            _ => {
                let message = format!("one parameter too many: {}", self.wanted());
                self.errors.push(given, message);
            }
        }
        None
    }

    /// The parameters of this method, in words.
    fn wanted(&self) -> String {
        let first = match self.role {
            Role::Handler(_) | Role::Hook(Hook::Undelivered(_)) => "`&mut self`, the message",
            Role::Init => "the value that was sent",
            Role::Hook(Hook::Run) => "`&mut self`, the inbox",
            Role::Hook(_) => "`&mut self`",
        };
        let name = self.name;
        format!("a `#[{name}]` method takes {first} and, if it wants it, `cx: &Context<Self>`")
    }

    /// Where a missing parameter would stand.
    fn end(&self) -> Span {
        self.signature.paren_token.span.close()
    }
}

/// `&self`, `&mut self` or `self: &mut Self`
fn is_borrowed(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => {
            matches!(&**ty, Type::Reference(reference) if names(&reference.elem, "Self"))
        }
        _ => false,
    }
}

/// The type is called `name`, in any module and with any arguments.
fn names(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}
