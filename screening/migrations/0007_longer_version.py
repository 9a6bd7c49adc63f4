"""The version of an instrument may be a sentence: the CGI-I's says what its wording was changed to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("screening", "0006_approval_conditions_wall")]
    operations = [
        migrations.AlterField(
            model_name="measureresponse",
            name="instrument_version",
            field=models.CharField(max_length=120),
        ),
    ]
