using System.Text;

namespace Moda.Docs.Tests.Commands;

/// <summary>Splits a command line into words as a shell does: quotes group words, # begins a comment, and > the name of a file that is no argument.</summary>
internal static class ShellWords
{
    public static IReadOnlyList<string> Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        foreach (char character in command)
        {
            if (quote != '\0')
            {
                if (character == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(character);
                }
            }
            else if (character is '"' or '\'')
            {
                quote = character;
                inWord = true;
            }
            else if (char.IsWhiteSpace(character))
            {
                End();
            }
            else if (character is '#' or '>' && !inWord)
            {
                break;
            }
            else
            {
                word.Append(character);
                inWord = true;
            }
        }

        End();
        return words;

        void End()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
