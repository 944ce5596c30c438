using System.Globalization;
using System.Text.RegularExpressions;

namespace Moda.Kernels.Tests.Cuda.Abi;

/// <summary>
/// The structures of CUDA C++ sources, laid out by the rules of the compiler: a field begins at a multiple of its alignment, and a
/// structure's size is a multiple of the largest alignment in it. Understands what the kernels use: numbers, pointers, other structures,
/// arrays, <c>#define</c>d extents, and <c>__align__</c>.
/// </summary>
internal sealed partial class KernelLayout
{
    private static readonly Dictionary<string, int> Numbers = new()
    {
        ["char"] = 1,
        ["byte"] = 1,
        ["short"] = 2,
        ["int"] = 4,
        ["unsigned"] = 4,
        ["float"] = 4,
        ["index_t"] = 8,
        ["long long"] = 8,
        ["unsigned long long"] = 8,
        ["double"] = 8,
    };

    private readonly Dictionary<string, string> constants = [];
    private readonly Dictionary<string, (string Body, string Alignment)> structures = [];

    /// <summary>Reads sources.</summary>
    public KernelLayout(IEnumerable<string> sources)
    {
        foreach (string source in sources)
        {
            string text = Comment().Replace(source, string.Empty);
            foreach (Match match in Constant().Matches(text))
            {
                constants.TryAdd(match.Groups["name"].Value, match.Groups["value"].Value);
            }

            foreach (Match match in Structure().Matches(text))
            {
                string alignment = match.Groups["alignment"] is { Success: true } given ? given.Value : "1";
                structures.TryAdd(match.Groups["name"].Value, (match.Groups["body"].Value, alignment));
            }
        }
    }

    /// <summary>Lays a structure out.</summary>
    /// <returns>The layout; null where no source has a structure of that name.</returns>
    public StructureLayout? Of(string name)
    {
        if (!structures.ContainsKey(name))
        {
            return null;
        }

        List<FieldLayout> fields = [];
        (int size, _) = Place(name, prefix: string.Empty, start: 0, fields);
        return new StructureLayout(size, fields);
    }

    private (int Size, int Alignment) Place(string name, string prefix, int start, List<FieldLayout> fields)
    {
        (string body, string least) = structures[name];
        int alignment = ParseExtent(least);
        int end = start;
        foreach (string declaration in body.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            Match match = Declaration().Match(declaration);
            Assert(match.Success, $"{name} has a field that is not understood: {declaration}");
            string type = match.Groups["type"].Value;
            bool isPointer = match.Groups["pointer"].Length > 0;
            foreach (string declared in match.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries))
            {
                string[] parts = declared.Split('[', ']');
                string own = prefix + parts[0].Replace("_", string.Empty, StringComparison.Ordinal);
                int count = parts.Length > 1 ? ParseExtent(parts[1]) : 1;
                for (int index = 0; index < count; index++)
                {
                    string path = parts.Length > 1 ? $"{own}[{index}]" : own;
                    (int size, int fieldAlignment) = isPointer ? (8, 8)
                        : Numbers.TryGetValue(type, out int number) ? (number, number)
                        : Measure(type);
                    end = (end + fieldAlignment - 1) / fieldAlignment * fieldAlignment;
                    if (isPointer || Numbers.ContainsKey(type))
                    {
                        fields.Add(new FieldLayout(path, end, size));
                    }
                    else
                    {
                        Place(type, path + ".", end, fields);
                    }

                    end += size;
                    alignment = Math.Max(alignment, fieldAlignment);
                }
            }
        }

        return ((end - start + alignment - 1) / alignment * alignment, alignment);
    }

    private (int Size, int Alignment) Measure(string structure)
    {
        Assert(structures.ContainsKey(structure), $"There is no structure {structure}.");
        return Place(structure, string.Empty, 0, []);
    }

    private int ParseExtent(string text) => int.Parse(constants.GetValueOrDefault(text, text), CultureInfo.InvariantCulture);

    private static void Assert(bool holds, string otherwise) => Xunit.Assert.True(holds, otherwise);

    [GeneratedRegex("//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^#define (?<name>\w+) (?<value>\d+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Constant();

    [GeneratedRegex(
        @"^\s*struct (__align__\((?<alignment>\w+)\) |alignas\((?<alignment>\w+)\) )?(?<name>\w+)\s*\{(?<body>[^{}()]*)\};",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Structure();

    [GeneratedRegex(
        @"^(const )?(?<type>unsigned long long|long long|\w+)(?<pointer>\*)? (?<names>[\w\[\], ]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
