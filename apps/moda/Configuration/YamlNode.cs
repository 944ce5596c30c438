using Moda.Weights;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Moda.Cli.Configuration;

/// <summary>
/// A value of a YAML file, as far as configurations need it: a text, or a mapping from texts to values. Sequences and keys that are no texts
/// are read past.
/// </summary>
/// <remarks>
/// It is put together from the parser's events. An alias is the very node that it refers to, and only a node that is complete can be
/// referred to, so neither a file that refers to itself nor one that doubles itself grows; the depth is limited because reading is recursive.
/// </remarks>
internal sealed class YamlNode
{
    /// <summary>The deepest nesting that is read; the reference's files have four levels.</summary>
    public const int Deepest = 32;

    private readonly Dictionary<string, YamlNode> children = new(StringComparer.Ordinal);

    private YamlNode(string? text = null) => Text = text;

    /// <summary>The text; null for a mapping or a sequence.</summary>
    public string? Text { get; }

    /// <summary>Whether it is a mapping.</summary>
    public bool IsMapping { get; private init; }

    /// <summary>The value of a key; null where there is none.</summary>
    public YamlNode? this[string key] => children.GetValueOrDefault(key);

    /// <summary>Reads the first document of a text.</summary>
    /// <returns>Its value; null when the text has no document.</returns>
    /// <exception cref="YamlException">It is no YAML, or nested or referring to itself in a way that is not read.</exception>
    public static YamlNode? Read(string text)
    {
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        YamlNode root = Read(parser, [], depth: 0);
        parser.Consume<DocumentEnd>();
        return root;
    }

    private static YamlNode Read(Parser parser, Dictionary<AnchorName, YamlNode> anchors, int depth)
    {
        if (parser.Accept<AnchorAlias>(out _))
        {
            AnchorAlias alias = parser.Consume<AnchorAlias>();
            return anchors.TryGetValue(alias.Value, out YamlNode? referred)
                ? referred
                : throw new AnchorNotFoundException(alias.Start, alias.End, $"'*{Shown(alias.Value.Value)}' refers to nothing that is complete before it");
        }

        NodeEvent start = parser.Accept<NodeEvent>(out _) ? (NodeEvent)parser.Current! : throw new YamlException("a value is missing");
        if (depth > Deepest)
        {
            throw new YamlException(start.Start, start.End, $"it is nested more than {Deepest} levels deep");
        }

        YamlNode read = start switch
        {
            Scalar => new YamlNode(parser.Consume<Scalar>().Value),
            MappingStart => ReadMapping(parser, anchors, depth),
            _ => ReadSequence(parser, anchors, depth),
        };
        if (!start.Anchor.IsEmpty)
        {
            anchors[start.Anchor] = read;
        }

        return read;
    }

    private static YamlNode ReadMapping(Parser parser, Dictionary<AnchorName, YamlNode> anchors, int depth)
    {
        var mapping = new YamlNode { IsMapping = true };
        MappingStart start = parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            YamlNode key = Read(parser, anchors, depth + 1);
            YamlNode value = Read(parser, anchors, depth + 1);
            if (key.Text is string name && !mapping.children.TryAdd(name, value))
            {
                throw new YamlException(start.Start, start.End, $"the mapping that begins there has the key '{Shown(name)}' twice");
            }
        }

        return mapping;
    }

    private static YamlNode ReadSequence(Parser parser, Dictionary<AnchorName, YamlNode> anchors, int depth)
    {
        parser.Consume<SequenceStart>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            Read(parser, anchors, depth + 1);
        }

        return new YamlNode();
    }

    private static string Shown(string text) => ShownText.Of(text, ShownText.LongestName);
}
