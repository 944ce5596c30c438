using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Moda.Architecture.Tests;

/// <summary>
/// Reads from a compiled assembly which of its namespaces use which others: base types, interfaces, constraints, attributes, fields,
/// signatures, local variables, and what method bodies refer to. The compiler replaces constants and <c>nameof</c> by their values, so
/// that a use of nothing but these is not seen.
/// </summary>
internal sealed class NamespaceUses
{
    private readonly MetadataReader metadata;
    private readonly PEReader file;
    private readonly TypeReferences references;
    private readonly List<NamespaceUse> uses = [];

    private NamespaceUses(PEReader file)
    {
        this.file = file;
        metadata = file.GetMetadataReader();
        references = new TypeReferences(metadata);
    }

    /// <summary>Reads an assembly.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>Every use by a type of a type of another namespace of the house, in this assembly or another one.</returns>
    public static IReadOnlyCollection<NamespaceUse> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = new NamespaceUses(file);
        foreach (TypeDefinitionHandle handle in reader.metadata.TypeDefinitions)
        {
            reader.ReadType(handle);
        }

        return reader.uses;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        references.Add(type.BaseType);
        AddAttributes(type.GetCustomAttributes());
        AddConstraints(type.GetGenericParameters());
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            references.Add(metadata.GetInterfaceImplementation(implementation).Interface);
        }

        Record(handle, member: null);
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            FieldDefinition definition = metadata.GetFieldDefinition(field);
            references.AddSignature(definition);
            AddAttributes(definition.GetCustomAttributes());
            Record(handle, definition.Name);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDefinition definition = metadata.GetMethodDefinition(method);
            references.AddSignature(definition);
            AddAttributes(definition.GetCustomAttributes());
            AddConstraints(definition.GetGenericParameters());
            if (definition.RelativeVirtualAddress != 0)
            {
                ReadBody(file.GetMethodBody(definition.RelativeVirtualAddress));
            }

            Record(handle, definition.Name);
        }
    }

    private void ReadBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
        {
            references.Add(body.LocalSignature);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            references.Add(region.CatchType);
        }

        foreach (EntityHandle token in MethodBodyTokens.Of(body.GetILReader()))
        {
            references.Add(token);
        }
    }

    private void AddConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in metadata.GetGenericParameter(parameter).GetConstraints())
            {
                references.Add(metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
        {
            references.Add(metadata.GetCustomAttribute(attribute).Constructor);
        }
    }

    /// <summary>Notes what the type used since the last call.</summary>
    private void Record(TypeDefinitionHandle user, StringHandle? member)
    {
        string from = references.NamespaceOf(user);
        foreach (EntityHandle used in references.Take())
        {
            string to = references.NamespaceOf(used);

            // What the compiler makes for itself, such as the data of constant arrays, has no namespace. Other makers' types are no part of
            // the house.
            if (from.Length > 0 && to.StartsWith("Moda.", StringComparison.Ordinal) && from != to)
            {
                string where = member is { } name ? $"{references.NameOf(user)}.{metadata.GetString(name)}" : references.NameOf(user);
                uses.Add(new NamespaceUse(from, to, $"{where} uses {to}.{references.NameOf(used)}"));
            }
        }
    }
}
