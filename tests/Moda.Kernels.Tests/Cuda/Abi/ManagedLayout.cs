using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Moda.Kernels.Tests.Cuda.Abi;

/// <summary>How the runtime lays a C# structure out in memory.</summary>
internal static class ManagedLayout
{
    /// <summary>Reads a structure's layout.</summary>
    public static StructureLayout Of(Type structure)
    {
        List<FieldLayout> fields = [];
        Add(structure, prefix: string.Empty, offset: 0, fields);
        return new StructureLayout(SizeOf(structure), fields);
    }

    private static void Add(Type type, string prefix, int offset, List<FieldLayout> fields)
    {
        if (type.IsPrimitive || type.IsEnum)
        {
            fields.Add(new FieldLayout(prefix, offset, SizeOf(type)));
        }
        else if (type.GetCustomAttribute<InlineArrayAttribute>() is { } array)
        {
            FieldInfo first = InstanceFields(type).Single();
            Type element = first.FieldType;
            string own = prefix.Length == 0 ? NameOf(first) : prefix;
            for (int index = 0; index < array.Length; index++)
            {
                Add(element, $"{own}[{index}]", offset + (index * SizeOf(element)), fields);
            }
        }
        else
        {
            foreach (FieldInfo field in InstanceFields(type))
            {
                // A structure of extents is three fields in the kernels: input_depth, input_height, input_width.
                string separator = prefix.Length == 0 || type == typeof(Moda.Kernels.Cuda.Abi.KernelExtent) ? string.Empty : ".";
                Add(field.FieldType, prefix + separator + NameOf(field), offset + OffsetOf(type, field), fields);
            }
        }
    }

    private static FieldInfo[] InstanceFields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    /// <summary>A field's name, or that of the property whose value it holds.</summary>
    private static string NameOf(FieldInfo field) =>
        field.Name.Split('<', '>').First(part => part.Length > 0).ToLowerInvariant();

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>Asks the runtime itself: the distance between the address of the field and that of the structure.</summary>
    private static int OffsetOf(Type type, FieldInfo field)
    {
        var method = new DynamicMethod("OffsetOf", typeof(int), Type.EmptyTypes, typeof(ManagedLayout), skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        LocalBuilder instance = code.DeclareLocal(type);
        code.Emit(OpCodes.Ldloca, instance);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca, instance);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ret);
        return ((Func<int>)method.CreateDelegate(typeof(Func<int>)))();
    }
}
