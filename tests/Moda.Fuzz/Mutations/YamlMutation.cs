namespace Moda.Fuzz.Mutations;

/// <summary>Damage to the lines of a YAML file: lost, repeated, indented, and with values that YAML gives a meaning.</summary>
internal static class YamlMutation
{
    private static readonly string[] Pieces =
    [
        "&a ", "*a", "&a [*a]", "? ", "- ", "[", "]", "{", "}", "{a: ", "| ", "> ", "|\n", "!!binary ", "!<", "%YAML 1.2\n---\n", "---\n", "...\n", "<<: *a", "'", "\"",
        "\"\\ud800\"", "\"\\x1b[2J\"", ": ", "#", "\t", "\0", "\u0085", "\ufeff", "@", "`", "null", "~", ".nan", ".inf",
    ];

    /// <summary>Damages a file in one to five places.</summary>
    public static string Apply(Random random, string text)
    {
        List<string> lines = [.. text.Split('\n')];
        for (int change = random.Next(1, 6); change > 0 && lines.Count > 0; change--)
        {
            int place = random.Next(lines.Count);
            string line = lines[place];
            switch (random.Next(8))
            {
                case 0:
                    lines.RemoveAt(place);
                    break;
                case 1:
                    lines.Insert(random.Next(lines.Count), line);
                    break;
                case 2:
                    lines[place] = new string(' ', random.Next(9)) + line.TrimStart();
                    break;
                case 3:
                    lines[place] = line.Split(':')[0] + ": " + random.Pick(HostileValues.Numbers);
                    break;
                case 4:
                    lines[place] = line.Split(':')[0] + ": " + random.Pick(HostileValues.Texts);
                    break;
                case 5:
                    lines[place] = string.Concat(Enumerable.Repeat(random.Pick(Pieces), 1 << random.Next(14))) + line;
                    break;
                default:
                    lines[place] = line.Insert(random.Next(line.Length + 1), random.Pick(Pieces));
                    break;
            }
        }

        return string.Join('\n', lines);
    }
}
