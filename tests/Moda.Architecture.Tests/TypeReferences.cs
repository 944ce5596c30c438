using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Moda.Architecture.Tests;

/// <summary>Collects the types that tokens and signatures of an assembly refer to: its own and those of other assemblies.</summary>
internal sealed class TypeReferences(MetadataReader metadata) : ISignatureTypeProvider<object?, object?>
{
    private readonly HashSet<EntityHandle> found = [];

    /// <summary>The types that were found since the last call.</summary>
    public IReadOnlyCollection<EntityHandle> Take()
    {
        EntityHandle[] taken = [.. found];
        found.Clear();
        return taken;
    }

    /// <summary>A type's namespace; that of the outermost type around a nested one.</summary>
    public string NamespaceOf(EntityHandle handle)
    {
        (StringHandle space, _, EntityHandle outer) = Describe(handle);
        return outer.IsNil ? metadata.GetString(space) : NamespaceOf(outer);
    }

    /// <summary>A type's name, after those of the types around it.</summary>
    public string NameOf(EntityHandle handle)
    {
        (_, StringHandle name, EntityHandle outer) = Describe(handle);
        return outer.IsNil ? metadata.GetString(name) : $"{NameOf(outer)}.{metadata.GetString(name)}";
    }

    private (StringHandle Namespace, StringHandle Name, EntityHandle Outer) Describe(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeDefinition)
        {
            TypeDefinition own = metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
            return (own.Namespace, own.Name, own.GetDeclaringType());
        }

        TypeReference foreign = metadata.GetTypeReference((TypeReferenceHandle)handle);
        bool nested = foreign.ResolutionScope.Kind == HandleKind.TypeReference;
        return (foreign.Namespace, foreign.Name, nested ? foreign.ResolutionScope : default);
    }

    /// <summary>Adds what a token refers to: a type, or a member with its type and its generic arguments.</summary>
    public void Add(EntityHandle token)
    {
        if (token.IsNil)
        {
            return;
        }

        switch (token.Kind)
        {
            case HandleKind.TypeDefinition:
            case HandleKind.TypeReference:
                found.Add(token);
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)token).DecodeSignature(this, null);
                break;
            case HandleKind.FieldDefinition:
                found.Add(metadata.GetFieldDefinition((FieldDefinitionHandle)token).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                found.Add(metadata.GetMethodDefinition((MethodDefinitionHandle)token).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Add(metadata.GetMemberReference((MemberReferenceHandle)token).Parent);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = metadata.GetMethodSpecification((MethodSpecificationHandle)token);
                Add(method.Method);
                method.DecodeSignature(this, null);
                break;
            case HandleKind.StandaloneSignature:
                Add(metadata.GetStandaloneSignature((StandaloneSignatureHandle)token));
                break;
        }
    }

    /// <summary>Adds the type of a field.</summary>
    public void AddSignature(FieldDefinition field) => field.DecodeSignature(this, null);

    /// <summary>Adds the types of a method's parameters and result.</summary>
    public void AddSignature(MethodDefinition method) => method.DecodeSignature(this, null);

    private void Add(StandaloneSignature signature)
    {
        if (signature.GetKind() == StandaloneSignatureKind.LocalVariables)
        {
            signature.DecodeLocalSignature(this, null);
        }
        else
        {
            signature.DecodeMethodSignature(this, null);
        }
    }

    /// <inheritdoc/>
    public object? GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        found.Add(handle);
        return null;
    }

    /// <inheritdoc/>
    public object? GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        found.Add(handle);
        return null;
    }

    /// <inheritdoc/>
    public object? GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    // The other kinds of type add nothing of their own: their parts were decoded before.

    /// <inheritdoc/>
    public object? GetArrayType(object? elementType, ArrayShape shape) => null;

    /// <inheritdoc/>
    public object? GetByReferenceType(object? elementType) => null;

    /// <inheritdoc/>
    public object? GetFunctionPointerType(MethodSignature<object?> signature) => null;

    /// <inheritdoc/>
    public object? GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;

    /// <inheritdoc/>
    public object? GetGenericMethodParameter(object? genericContext, int index) => null;

    /// <inheritdoc/>
    public object? GetGenericTypeParameter(object? genericContext, int index) => null;

    /// <inheritdoc/>
    public object? GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;

    /// <inheritdoc/>
    public object? GetPinnedType(object? elementType) => null;

    /// <inheritdoc/>
    public object? GetPointerType(object? elementType) => null;

    /// <inheritdoc/>
    public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;

    /// <inheritdoc/>
    public object? GetSZArrayType(object? elementType) => null;
}
