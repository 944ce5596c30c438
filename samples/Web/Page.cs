namespace Moda.Samples.Web;

/// <summary>The page: a form, and a video that starts to play while it is made.</summary>
internal static class Page
{
    public const string Html = """
        <!doctype html>
        <title>A portrait that speaks</title>
        <form>
          <label>Portrait <input type="file" name="image" accept="image/*" required></label>
          <label>Voice <input type="file" name="audio" accept="audio/*" required></label>
          <button>Speak</button>
        </form>
        <video controls autoplay></video>
        <script>
          document.querySelector('form').onsubmit = async event => {
            event.preventDefault();
            const answer = await fetch('/talks', { method: 'POST', body: new FormData(event.target) });
            if (answer.ok) document.querySelector('video').src = answer.headers.get('Location');
            else alert(await answer.text());
          };
        </script>
        """;
}
