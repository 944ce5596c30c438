using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.SelfCheck;
using Xunit;

namespace Moda.Kernels.Tests.Cuda.Abi;

/// <summary>
/// Every structure of the room Abi has the size and the fields, at the same offsets and of the same names, of its counterpart in the
/// kernels' sources: <c>KernelLinearPart</c> is <c>linear_part</c>.
/// </summary>
public sealed partial class KernelStructureTests
{
    private static readonly KernelLayout Kernels = new(
        [.. KernelSources.Names.Select(KernelSources.Load).SelectMany(source => source.Headers.Append(source.Unit)).Select(file => file.Text),
            SelfCheckKernels.Source.Unit.Text]);

    /// <summary>Structures that kernels see only as a part of others.</summary>
    private static readonly Type[] Parts = [typeof(KernelExtent), typeof(KernelAxisPhases), typeof(Four<>), typeof(Eight<>)];

    public static TheoryData<Type> Structures => [.. StructuresOfTheRoom().Except(Parts)];

    [Theory]
    [MemberData(nameof(Structures))]
    public void A_structure_lies_as_in_the_kernels(Type structure)
    {
        StructureLayout managed = ManagedLayout.Of(structure);
        string name = NameInKernels(structure);
        StructureLayout? native = Kernels.Of(name);

        Assert.True(native is not null, $"No kernel source has a structure {name} for {structure.Name}.");
        Assert.Equal(native.Fields, managed.Fields);
        Assert.Equal(native.Size, managed.Size);
    }

    /// <summary>A part that no structure holds would be tested by nothing.</summary>
    [Fact]
    public void Every_part_is_held_by_a_structure()
    {
        HashSet<Type> held = [.. StructuresOfTheRoom()
            .SelectMany(structure => structure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(field => field.FieldType.IsGenericType ? field.FieldType.GetGenericTypeDefinition() : field.FieldType)];

        Assert.All(Parts, part => Assert.Contains(part, held));
    }

    /// <summary>Fields of one size that trade places, and a field that is missing, are found.</summary>
    [Fact]
    public void A_structure_that_lies_otherwise_is_told_from_its_counterpart()
    {
        var kernels = new KernelLayout(["struct pair\n{\n    int first, second;\n    const float* data;\n    short part[2];\n};\n"]);
        StructureLayout native = kernels.Of("pair")!;

        Assert.Equal(
            [new("first", 0, 4), new("second", 4, 4), new("data", 8, 8), new("part[0]", 16, 2), new("part[1]", 18, 2)], native.Fields);
        Assert.Equal(24, native.Size);
        Assert.Equal(native.Fields, ManagedLayout.Of(typeof(Pair)).Fields);
        Assert.NotEqual(native.Fields, ManagedLayout.Of(typeof(SwappedPair)).Fields);
        Assert.Null(kernels.Of("absent"));
    }

    private static IEnumerable<Type> StructuresOfTheRoom() => typeof(KernelExtent).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(KernelExtent).Namespace && type is { IsValueType: true, IsEnum: false, IsNested: false });

    private static string NameInKernels(Type structure)
    {
        string name = structure.Name.StartsWith("Kernel", StringComparison.Ordinal) ? structure.Name["Kernel".Length..] : structure.Name;
        return WordStart().Replace(name, "_$0").ToLowerInvariant();
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();

#pragma warning disable CS0649, CS0169 // Only their layout is read.
    private struct Pair
    {
        public int First;
        public int Second;
        public ulong Data;
        public Two Part;
    }

    private struct SwappedPair
    {
        public int Second;
        public int First;
        public ulong Data;
        public Two Part;
    }

    [InlineArray(2)]
    private struct Two
    {
        private short first;
    }
#pragma warning restore CS0649, CS0169
}
